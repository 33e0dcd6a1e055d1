import { BulkClient, type BulkClientOptions } from '@app/smart-client';

import { CLIENT_FILE } from './places';
import { askRunningDemo, keepPrivately } from './running-demo';

export const GROUP = 'INF-101';

/** A client of the demonstration, which `--token` finds too: the private key stays in the folder. */
export function connectClient(options: BulkClientOptions): BulkClient {
  keepPrivately(CLIENT_FILE, options);
  return new BulkClient(options);
}

/** The client of the demonstration that is running. @throws Error when none is */
export function connectedClient(): Promise<BulkClient> {
  return askRunningDemo(CLIENT_FILE, async (kept) => {
    const client = new BulkClient(kept as BulkClientOptions); // kept by connectClient
    await client.token();
    return client;
  });
}
