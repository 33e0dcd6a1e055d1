import { rmSync } from 'node:fs';

import { compiledFile, freePort } from '../../scripts/services';
import { OwnProcess } from './own-process';

/** A process of the built service. */
export interface ServiceProcess {
  readonly port: number;
  /** Sends a signal and waits for the end. */
  end(signal: NodeJS.Signals): Promise<void>;
}

const PROGRAMS = {
  api: { file: 'src/main.js', port: 'PORT', ready: '/health/live' },
  feed: { file: 'src/main.js', port: 'WORKER_PORT', ready: '/health/live' },
  worker: { file: 'src/worker.js', port: 'WORKER_PORT', ready: '/health/ready' },
} as const;

/** Starts a worker from `dist`: see `startProgram`. */
export async function startWorker(
  environment: Readonly<Record<string, string>>,
): Promise<ServiceProcess> {
  return await startProgram('worker', environment);
}

/**
 * Starts a program from `dist`, as an operator would, and waits until it is ready.
 *
 * @param environment of the TestApp that it is to work for
 */
export async function startProgram(
  name: keyof typeof PROGRAMS,
  environment: Readonly<Record<string, string>>,
): Promise<ServiceProcess> {
  const program = PROGRAMS[name];
  const port = await freePort();
  const log = `${environment['STORAGE_DIRECTORY'] ?? ''}.${name}-${port}.log`;
  const started = new OwnProcess({
    name: `The ${name}`,
    command: process.execPath,
    args: [compiledFile(program.file)],
    log,
    env: {
      PATH: process.env['PATH'],
      // Time that a test lets pass does not pass for the host of this process.
      CLOCK_SKEW_SECONDS: '864000',
      ...environment,
      [program.port]: String(port),
      LOG_LEVEL: process.env['TEST_LOG_LEVEL'] ?? 'warn',
    },
  });
  await started.untilReady(async () => {
    const answer = await fetch(`http://127.0.0.1:${port}${program.ready}`).catch(() => undefined);
    return answer?.ok ?? false;
  });
  return {
    port,
    end: async (signal) => {
      await started.signal(signal);
      rmSync(log, { force: true });
    },
  };
}
