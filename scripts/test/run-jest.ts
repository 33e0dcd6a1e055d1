import { type ChildProcess, spawn } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';

import { compiledFile } from '../services';
import { stallSeconds } from './stall-seconds';
import { type FromJest, NOTHING_RAN, type Totals } from './totals';

/** How long jest may take to exit after the last test; something was left open otherwise. */
const EXIT_MILLISECONDS = 20_000;
/** A suite ends its own process when it stalls; this is for jest, should it not get over that. */
const GRACE_SECONDS = 120;

/** Runs jest in this terminal. Without totals from it (it crashed), the run counts as one failure. */
export async function runJest(
  root: string,
  args: readonly string[],
  environment: NodeJS.ProcessEnv,
  signal?: AbortSignal,
): Promise<{ totals: Totals; exitCode: number }> {
  const reports = path.join(os.tmpdir(), `bulk-stalled-${process.pid}.txt`);
  const jest = spawn(
    process.execPath,
    [
      path.join(root, 'node_modules/jest/bin/jest.js'),
      // Last: --reporters takes every word that follows it.
      ...args,
      ...['default', compiledFile('scripts/test/totals-reporter.js')].map(
        (reporter) => `--reporters=${reporter}`,
      ),
    ],
    {
      cwd: root,
      env: { ...environment, TEST_STALL_REPORTS: reports },
      stdio: ['inherit', 'inherit', 'inherit', 'ipc'],
    },
  );
  let totals = NOTHING_RAN;
  const watch = new StallWatch(jest);
  jest.on('message', (message) => {
    const said = message as FromJest; // sent by totals-reporter alone
    watch.hears(said);
    if ('totals' in said) totals = said.totals;
  });
  const end = (): boolean => jest.kill('SIGKILL');
  signal?.addEventListener('abort', end, { once: true });
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.once(name, () => jest.kill(name));
  }
  const exitCode = await new Promise<number>((resolve, reject) => {
    jest.once('error', reject);
    jest.once('exit', (code) => {
      resolve(code ?? 1);
    });
  });
  watch.stop();
  if (fs.existsSync(reports)) {
    console.error(fs.readFileSync(reports, 'utf8'));
    fs.rmSync(reports);
  }
  return { totals, exitCode };
}

/** Ends jest when no test ends for too long, or when it does not exit after the last. */
class StallWatch {
  private timer: NodeJS.Timeout | undefined;

  constructor(private readonly jest: ChildProcess) {
    this.endAfter((stallSeconds() + GRACE_SECONDS) * 1000, 'jest does not begin.');
  }

  hears(said: FromJest): void {
    if ('totals' in said) {
      this.endAfter(
        EXIT_MILLISECONDS,
        'jest does not end: a test left a connection, timer or process open.',
      );
    } else {
      const running = said.running.join(', ') || 'no suite';
      this.endAfter((stallSeconds() + GRACE_SECONDS) * 1000, `STALLED: jest, in ${running}.`);
    }
  }

  stop(): void {
    clearTimeout(this.timer);
  }

  private endAfter(milliseconds: number, why: string): void {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => {
      console.error(`${why} Stopping it.`);
      this.jest.kill('SIGKILL');
    }, milliseconds);
  }
}
