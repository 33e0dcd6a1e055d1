import type { Client } from 'pg';

import { WriterBusyError } from './batches/feed.errors';
import { lockLoads } from './load-lock';
import { openLoadSession } from './load-session';

/**
 * Gives an action the store to itself, on two sessions, of which the first holds the writer's lock.
 *
 * @param patience how long to wait while others write, in ms
 * @throws WriterBusyError when they wrote all the time
 */
export async function withWriter<T>(
  databaseUrl: string,
  patience: number,
  action: (sessions: readonly [Client, Client]) => Promise<T>,
): Promise<T> {
  const client = await openLoadSession(databaseUrl);
  try {
    if (!(await lockLoads(client, () => undefined, patience))) throw new WriterBusyError();
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
