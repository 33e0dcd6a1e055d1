import { setTimeout as delay } from 'node:timers/promises';

import type { Client } from 'pg';

import { ClockBehindError } from '../reading/loader.errors';
import { takeWriteInstant } from './write-instant';

/** How long to wait for the clock to pass what is stored already. */
const CLOCK_PATIENCE_MS = 5000;

/**
 * Runs work in one transaction with one instant. While the clock is behind what is stored, the work is
 * undone and done again with a later instant.
 *
 * @param work is given the instant that all rows of the transaction carry
 * @throws ClockBehindError when the clock stays behind
 */
export async function inWriteTransaction<T>(
  client: Client,
  work: (instant: string) => Promise<T>,
): Promise<T> {
  const deadline = performance.now() + CLOCK_PATIENCE_MS;
  for (;;) {
    await client.query('begin');
    try {
      const result = await work(await takeWriteInstant(client));
      await client.query('commit');
      return result;
    } catch (error) {
      // A session that is lost has rolled back by itself.
      await client.query('rollback').catch(() => undefined);
      if (!(error instanceof ClockBehindError) || performance.now() > deadline) throw error;
    }
    await delay(1);
  }
}
