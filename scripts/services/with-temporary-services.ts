import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';

import { type Services, startServices } from './services';

/**
 * Starts services in a temporary directory, runs `work` with them, then stops and removes everything,
 * whatever happens. After Ctrl-C or SIGTERM it waits for `work`, whose child processes get the signal
 * too and end it; a second one ends this process at once.
 */
export async function withTemporaryServices<T>(
  work: (services: Services) => Promise<T>,
): Promise<T> {
  const interruption = listenForSignals();
  const directory = fs.mkdtempSync(path.join(os.tmpdir(), 'ehr-bulk-test-'));
  fs.chmodSync(directory, 0o711); // the account that PostgreSQL runs as must get through
  let services: Services | undefined;
  try {
    services = await startServices({ directory, temporary: true });
    if (interruption.signal) throw new Error(`Interrupted by ${interruption.signal}.`);
    return await work(services);
  } finally {
    await services?.stop();
    fs.rmSync(directory, { recursive: true, force: true });
  }
}

function listenForSignals(): { signal?: NodeJS.Signals } {
  const interruption: { signal?: NodeJS.Signals } = {};
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.once(signal, () => {
      interruption.signal = signal;
    });
  }
  return interruption;
}
