import { citationsIn } from '../../scripts/conformance/citations';
import { citedRules, withoutRules } from '../../scripts/conformance/cited-rules';
import { judge } from '../../scripts/conformance/judgement';
import { conformancePage } from '../../scripts/conformance/page';
import { parseRules } from '../../scripts/conformance/parse-rules';

/** `@1` stands for a rule: what looks like one here would count as a citation. */
const text = (some: string): string => some.replaceAll('@', 'AB-0');

const RULES = parseRules(
  text(`# Things
@1 | SHALL | one
@2 | SHOULD | two
@3 | SHALL NOT | three | n/a: there is none
@4 | SHALL | four | deviation: it cannot be
`),
);

describe('npm run conformance', () => {
  it('finds the rules that a title cites, ranges included', () => {
    const title = text('does it (by night) (@5, @7 to @9, @1 and @2)');

    expect(citedRules(title)).toStrictEqual(
      ['5', '7', '8', '9', '1', '2'].map((n) => text(`@${n}`)),
    );
    expect(withoutRules(title)).toBe('does it (by night)');
    expect(citedRules(text('does it (RFC 9110) (@1 or so)'))).toStrictEqual([]);
  });

  it('reads titles and rows of tables, and no comments', () => {
    const source = text(`
      /** Not this (@9). */
      it.each([['a row (@1)', 1]])('does %s', () => {});
      it(\`does \${what} (@2)\`, () => {});
      describe("a group (@3)", () => {});`);

    expect(citationsIn('a.spec.ts', source)).toStrictEqual([
      { file: 'a.spec.ts', title: 'a row', rules: [text('@1')] },
      { file: 'a.spec.ts', title: 'does …', rules: [text('@2')] },
      { file: 'a.spec.ts', title: 'a group', rules: [text('@3')] },
    ]);
  });

  it.each(['AB-1 | SHALL | one', '@1 | MUST | one', '@1 | SHALL', '@1 | MAY | a | because'])(
    'refuses %s as a rule',
    (line) => {
      expect(() => parseRules(text(line))).toThrow('no rule');
    },
  );

  it('wants a test of every SHALL that is kept, and of no other rule', () => {
    const { unproven, untested, unknown } = judge(RULES, []);

    expect(unproven.map(({ id }) => id)).toStrictEqual([text('@1')]);
    expect(untested.map(({ id }) => id)).toStrictEqual([text('@2')]);
    expect(unknown).toStrictEqual([]);
  });

  it('counts only tests that have passed, once there are results, and finds ids of no rule', () => {
    const cited = [{ file: 'a.spec.ts', title: 'one', rules: [text('@1'), 'ZZ-01'] }];

    expect(judge(RULES, cited).unproven).toStrictEqual([]);
    expect(judge(RULES, cited, [text('two (@2)')]).unproven.map(({ id }) => id)).toStrictEqual([
      text('@1'),
    ]);
    expect(judge(RULES, cited, [text('all one (@1)')]).unproven).toStrictEqual([]);
    expect(judge(RULES, cited).unknown).toStrictEqual(['ZZ-01']);
  });

  it('writes a page with rules, reasons and titles', () => {
    const page = conformancePage(RULES, [
      { file: 'a.spec.ts', title: 'a | b', rules: [text('@1')] },
    ]);

    expect(page).toContain(text('| @1 | SHALL | one | kept | a \\| b _(a.spec.ts)_ |'));
    expect(page).toContain(text('- **@4** (SHALL: four): it cannot be.'));
    expect(page).toContain('| SHALL | 1 | 1 | 1 | 1 |');
  });
});
