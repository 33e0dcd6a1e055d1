import { BulkClient, type BulkClientOptions } from '@app/smart-client';

import { CLIENT_FILE } from './places';
import { askRunningDemo, keepPrivately } from './running-demo';

export const GROUP = 'INF-101';

/** A client of the demonstration, which `--token` finds too: the private key stays in the folder. */
export function connectClient(options: BulkClientOptions): BulkClient {
  keepPrivately(CLIENT_FILE, options);
  return new BulkClient(options);
}

/** An access token of the demonstration that is running. @throws Error when none is */
export function tokenOfRunningDemo(): Promise<string> {
  return askRunningDemo(
    CLIENT_FILE,
    (kept) => new BulkClient(kept as BulkClientOptions).token(), // kept by connectClient
  );
}
