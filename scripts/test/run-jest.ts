import { type ChildProcess, spawn } from 'node:child_process';
import path from 'node:path';

import { NOTHING_RAN, type Totals } from './totals';

/** How long jest may take to exit after the last test; something was left open otherwise. */
const EXIT_MILLISECONDS = 20_000;

/** Runs jest in this terminal. Without totals from it (it crashed), the run counts as one failure. */
export async function runJest(
  root: string,
  args: readonly string[],
  environment: NodeJS.ProcessEnv,
): Promise<{ totals: Totals; exitCode: number }> {
  const reporters = ['default', path.join(__dirname, 'totals-reporter.js')];
  const jest = spawn(
    process.execPath,
    [
      path.join(root, 'node_modules/jest/bin/jest.js'),
      // Last: --reporters takes every word that follows it.
      ...args,
      ...reporters.map((reporter) => `--reporters=${reporter}`),
    ],
    { cwd: root, env: environment, stdio: ['inherit', 'inherit', 'inherit', 'ipc'] },
  );
  let totals = NOTHING_RAN;
  jest.on('message', (message) => {
    totals = message as Totals; // sent by totals-reporter alone
    endIfItHangs(jest);
  });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.once(signal, () => jest.kill(signal));
  }
  const exitCode = await new Promise<number>((resolve, reject) => {
    jest.once('error', reject);
    jest.once('exit', (code) => {
      resolve(code ?? 1);
    });
  });
  return { totals, exitCode };
}

function endIfItHangs(jest: ChildProcess): void {
  const timer = setTimeout(() => {
    console.error(
      'jest does not end: a test left a connection, timer or process open. Stopping it.',
    );
    jest.kill('SIGKILL');
  }, EXIT_MILLISECONDS);
  jest.once('exit', () => {
    clearTimeout(timer);
  });
}
