import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { join } from 'node:path';

import { freePort } from './app';
import { until } from './until';

/** A process of the built service. */
export interface ServiceProcess {
  readonly child: ChildProcess;
  /** Sends a signal and waits for the end. */
  end(signal: NodeJS.Signals): Promise<void>;
}

/**
 * Starts a worker from `dist`, as an operator would, and waits until it is ready.
 *
 * @param environment of the TestApp that it is to work for
 */
export async function startWorker(
  environment: Readonly<Record<string, string>>,
): Promise<ServiceProcess> {
  const program = join(__dirname, '../../dist/src/worker.js');
  if (!existsSync(program)) throw new Error('dist is missing: run the tests through `npm test`.');
  const port = await freePort();
  const child = spawn(process.execPath, [program], {
    env: { PATH: process.env['PATH'], ...environment, WORKER_PORT: String(port) },
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const ended = once(child, 'exit');
  await until('the worker is ready', async () => {
    if (child.exitCode !== null) throw new Error(`The worker ended with ${child.exitCode}.`);
    const answer = await fetch(`http://127.0.0.1:${port}/health/ready`).catch(() => undefined);
    return answer?.ok;
  });
  return {
    child,
    end: async (signal) => {
      if (child.exitCode === null && child.signalCode === null) child.kill(signal);
      await ended;
    },
  };
}
