import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { projectRoot } from '../../scripts/services';
import { suitesTogether } from '../../scripts/test/suites-together';

describe('Suites that share the loading of modules', () => {
  const root = projectRoot();
  let folder: string;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'bulk-together-'));
  });

  afterEach(() => {
    rmSync(folder, { recursive: true });
  });

  const required = (): string[][] =>
    readdirSync(folder).map((name) =>
      [...readFileSync(join(folder, name), 'utf8').matchAll(/require\("(.*)"\)/g)].map(([, file]) =>
        String(file).slice(root.length + 1),
      ),
    );

  it('are each in one file, under their names, and the files are much alike in number', () => {
    expect(suitesTogether(root, ['libs/'], folder)).toStrictEqual([`--roots=${folder}`]);

    const files = required();
    const suites = files.flat();
    expect(suites).toContain('libs/ndjson/src/gzip-sink.spec.ts');
    expect(new Set(suites).size).toBe(suites.length);
    expect(suites.every((suite) => suite.startsWith('libs/'))).toBe(true);
    const numbers = files.map((file) => file.length);
    expect(Math.max(...numbers) - Math.min(...numbers)).toBeLessThanOrEqual(1);
    expect(readFileSync(join(folder, '01.spec.ts'), 'utf8')).toContain(
      `describe("${files[0]?.[0]}"`,
    );
  });

  it.each([
    ['an option of jest is given', ['libs/', '--verbose']],
    ['there are few of them', ['libs/keys']],
  ])('are left alone when %s', (_, args) => {
    expect(suitesTogether(root, args, folder)).toStrictEqual(args);
    expect(required()).toStrictEqual([]);
  });
});
