import { readFileSync } from 'node:fs';
import path from 'node:path';

import { EXPORT_PARAMETERS } from '@app/fhir';

const ROOT = path.join(__dirname, '../..');
const read = (file: string): string => readFileSync(path.join(ROOT, file), 'utf8');
const PAGE = read('docs/api.md');

/** The part of the page under a heading that has these words. */
function answerTo(question: string): string {
  const [, answer = ''] =
    PAGE.split(/^## /m)
      .find((part) => part.includes(question))
      ?.split(/\n(.*)/s) ?? [];
  return answer.trim();
}

describe('docs/api.md', () => {
  it.each([
    'Which levels',
    'in which profiles',
    'Which formats',
    'Which values of `includeAssociatedData`',
    'How are files split',
    'How long do files stay',
    'How often may a client ask',
    'How are patients matched',
  ])('answers: %s (CS-10)', (question) => {
    expect(answerTo(question).length).toBeGreaterThan(50);
  });

  it('says which resources outside of the compartment are given (KO-11)', () => {
    const answer = answerTo('Which supporting resources');

    for (const type of ['Practitioner', 'Organization', 'Medication'])
      expect(answer).toContain(type);
  });

  it('says what _since gives of who joined the group later (PR-14, GR-06)', () => {
    expect(answerTo('joined the group later')).toContain('whole record');
  });

  it('names every parameter of a kick-off (CS-10)', () => {
    for (const { name } of EXPORT_PARAMETERS) {
      expect(answerTo('Which levels')).toContain(`\`${name}\``);
    }
  });

  it('states the defaults that hold', () => {
    const example = read('.env.example');
    const rows = [...PAGE.matchAll(/^\| `([A-Z_]+)` +\| `(\d+)` /gm)];

    const stated = rows.map(([, name = '', value = '']) => `#${name}=${value}\n`);

    expect(stated.length).toBeGreaterThan(5);
    expect(stated.filter((line) => !example.includes(line))).toStrictEqual([]);
  });

  it('leads to pages and headings that there are', () => {
    const links = [...PAGE.matchAll(/\]\(([\w/.-]+\.md)(?:#([\w-]+))?\)/g)];

    const missing = links.filter(([, file = '', anchor]) => {
      const slugs = [...read(`docs/${file}`).matchAll(/^#+ (.*)$/gm)].map(([, heading = '']) =>
        heading
          .toLowerCase()
          .replaceAll(/[^\w\s-]/g, '')
          .replaceAll(' ', '-'),
      );
      return anchor !== undefined && !slugs.includes(anchor);
    });

    expect(links.length).toBeGreaterThan(5);
    expect(missing).toStrictEqual([]);
  });
});

describe('README.md', () => {
  it('lists the parameters of a kick-off in the words of their description', () => {
    const rows = [...read('README.md').matchAll(/^\| `([\w-]+)` +\| (.+?) +\|$/gm)];

    expect(rows.map(([, name, text]) => [name, text])).toStrictEqual(
      EXPORT_PARAMETERS.map(({ name, documentation }) => [name, documentation]),
    );
  });
});
