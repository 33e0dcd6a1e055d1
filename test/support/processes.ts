import { rmSync } from 'node:fs';

import { compiledFile, freePort } from '../../scripts/services';
import { OwnProcess } from './own-process';

/** A process of the built service. */
export interface ServiceProcess {
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
  const port = await freePort();
  const log = `${environment['STORAGE_DIRECTORY'] ?? ''}.worker-${port}.log`;
  const worker = new OwnProcess({
    name: 'The worker',
    command: process.execPath,
    args: [compiledFile('src/worker.js')],
    log,
    env: {
      PATH: process.env['PATH'],
      // Time that a test lets pass does not pass for the host of this process.
      CLOCK_SKEW_SECONDS: '864000',
      ...environment,
      WORKER_PORT: String(port),
      LOG_LEVEL: process.env['TEST_LOG_LEVEL'] ?? 'warn',
    },
  });
  await worker.untilReady(async () => {
    const answer = await fetch(`http://127.0.0.1:${port}/health/ready`).catch(() => undefined);
    return answer?.ok ?? false;
  });
  return {
    end: async (signal) => {
      await worker.signal(signal);
      rmSync(log, { force: true });
    },
  };
}
