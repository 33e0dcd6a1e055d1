import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { projectRoot } from '../../scripts/services';
import { suiteSeconds } from '../../scripts/test/suite-seconds';
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

  it('are each in one file, under their names, and short ones are much alike in number in all files', () => {
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

  it('that are long are in different files, and those files have fewer suites', () => {
    suitesTogether(root, ['test/e2e/'], folder);

    const files = required();
    const withLong = ['packed-segments', 'parts', 'binary', 'docs-page'].map((name) =>
      files.findIndex((file) => file.includes(`test/e2e/${name}.e2e-spec.ts`)),
    );
    expect(withLong).not.toContain(-1);
    expect(new Set(withLong).size).toBe(4);
    const seconds = files.map((file) => file.map(suiteSeconds).reduce((a, b) => a + b));
    expect(Math.max(...seconds) - Math.min(...seconds)).toBeLessThanOrEqual(15);
  });

  it.each([
    ['an option of jest is given', ['libs/', '--verbose']],
    ['there are few of them', ['libs/keys']],
  ])('are left alone when %s', (_, args) => {
    expect(suitesTogether(root, args, folder)).toStrictEqual(args);
    expect(required()).toStrictEqual([]);
  });
});
