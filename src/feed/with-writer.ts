import type { Client } from 'pg';

import { WriterBusyError } from './batches/feed.errors';
import { lockLoads } from './load-lock';
import { openLoadSession } from './load-session';

/**
 * Of a writer. The first holds the lock; while one waits for the disk, the other merges or helps to read. A
 * small pass has one alone.
 */
export type Sessions = readonly [Client, Client?];

export interface Waiting {
  /** How long to wait while others write, in ms. */
  readonly patience: number;
  /** Told again and again while others write. */
  readonly onWait?: () => void;
}

/**
 * Gives an action the store to itself, on two sessions.
 *
 * @throws WriterBusyError when others wrote all the time
 */
export async function withWriter<T>(
  databaseUrl: string,
  { patience, onWait = () => undefined }: Waiting,
  action: (sessions: Sessions) => Promise<T>,
): Promise<T> {
  const client = await openLoadSession(databaseUrl);
  try {
    if (!(await lockLoads(client, onWait, patience))) throw new WriterBusyError();
    const side = await openLoadSession(databaseUrl);
    try {
      return await action([client, side]);
    } finally {
      await side.end().catch(() => undefined);
    }
  } finally {
    await client.end().catch(() => undefined);
  }
}
