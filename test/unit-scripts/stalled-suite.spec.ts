import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';

import { compiledFile, projectRoot } from '../../scripts/services';

const SUITES = {
  loops: `const spin = (): void => { for (;;); };
    it('spins', () => { spin(); });`,
  waits: `it('waits beyond every time-out', () => new Promise(() => undefined), 2 ** 31 - 1);`,
  sleeps: `it('sleeps in native code', () => {
      const pipe = __filename + '.pipe';
      require('node:child_process').execFileSync('mkfifo', [pipe]);
      require('node:fs').openSync(pipe, 'r');
    });`,
  works: `it('works', () => { expect(1 + 1).toBe(2); });`,
};

describe('a suite that stops making progress', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'bulk-stalled-'));
  });
  afterEach(() => {
    rmSync(folder, { recursive: true, force: true });
  });

  /** `npm test` with these suites instead of ours, as far as jest is concerned. */
  async function run(...names: readonly (keyof typeof SUITES)[]): Promise<{
    readonly said: string;
    readonly exitCode: number;
  }> {
    for (const name of names) {
      writeFileSync(
        join(folder, `${name}.spec.ts`),
        `describe('it', () => {\n${SUITES[name]}\n});`,
      );
    }
    const config = join(folder, 'jest.config.js');
    writeFileSync(
      config,
      `module.exports = { ...require(${JSON.stringify(join(projectRoot(), 'jest.config.js'))}),
        rootDir: ${JSON.stringify(projectRoot())}, roots: [__dirname], maxWorkers: 2 };`,
    );
    const program = `
      const { runJest } = require(${JSON.stringify(compiledFile('scripts/test/run-jest.js'))});
      const { closingLine, exitCodeOf } = require(${JSON.stringify(compiledFile('scripts/test/totals.js'))});
      runJest(${JSON.stringify(projectRoot())}, ['--config=${config}'], process.env).then(
        ({ totals, exitCode }) => {
          console.log(closingLine(totals));
          process.exitCode = exitCodeOf(totals, exitCode);
        });`;
    const child = spawn(process.execPath, ['-e', program], {
      env: { ...process.env, TEST_STALL_SECONDS: '3', TEST_PASSED: '' },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const [out, err, [exitCode]] = await Promise.all([
      text(child.stdout),
      text(child.stderr),
      once(child, 'exit') as Promise<[number]>,
    ]);
    return { said: `${err}\n${out}`.trimEnd(), exitCode };
  }

  it('is ended with its name and its stack, while the others go on, and counts as failed', async () => {
    const { said, exitCode } = await run('loops', 'waits', 'sleeps', 'works');

    expect(said).toMatch(
      /STALLED: \S*loops\.spec\.ts\n {2}it spins\n[^]*at spin \(\S*loops\.spec\.ts:2:/,
    );
    expect(said).toMatch(
      /STALLED: \S*waits\.spec\.ts\n {2}it waits beyond[^]*runs nothing; it waits for/,
    );
    expect(said).toMatch(
      /STALLED: \S*sleeps\.spec\.ts\n {2}it sleeps in native[^]*is in native code/,
    );
    expect(said.split('\n').at(-1)).toBe('1 passed, 3 failed');
    expect(exitCode).toBe(1);
  });

  it('ends the run as failed when it is the only one', async () => {
    const { said, exitCode } = await run('loops');

    expect(said).toMatch(/STALLED: \S*loops\.spec\.ts\n {2}it spins/);
    expect(said.split('\n').at(-1)).toBe('0 passed, 1 failed');
    expect(exitCode).toBe(1);
  });
});
