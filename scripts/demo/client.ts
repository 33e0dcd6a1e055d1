import fs from 'node:fs';

import { BulkClient, type BulkClientOptions } from '@app/smart-client';

import { CLIENT_FILE, DEMO_FOLDER } from './places';

export const GROUP = 'INF-101';

/** A client of the demonstration, which `--token` finds too: the private key stays in the folder. */
export function connectClient(options: BulkClientOptions): BulkClient {
  // A file of an earlier run keeps its mode when it is written over: take it away first.
  fs.rmSync(CLIENT_FILE, { force: true });
  fs.writeFileSync(CLIENT_FILE, `${JSON.stringify(options, null, 2)}\n`, { mode: 0o600 });
  return new BulkClient(options);
}

/** An access token of the demonstration that is running. @throws Error when none is */
export async function tokenOfRunningDemo(): Promise<string> {
  try {
    const text = fs.readFileSync(CLIENT_FILE, 'utf8');
    // Written by connectClient.
    return await new BulkClient(JSON.parse(text) as BulkClientOptions).token();
  } catch (cause) {
    const why = (cause as Error).message;
    throw new Error(
      `No demonstration is running from ${DEMO_FOLDER} (${why}). Start one with npm run demo.`,
      { cause },
    );
  }
}
