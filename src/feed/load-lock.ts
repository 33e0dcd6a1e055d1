import { setTimeout as delay } from 'node:timers/promises';

import type { Client } from 'pg';

/** Every program that writes to the default clinical store holds this advisory lock. */
const CLINICAL_WRITER = '4837125519';
const FIRST_POLL_MS = 5;
const MAX_POLL_MS = 200;

/**
 * Waits until nobody else writes to the store and keeps others out until the session ends. Asked again
 * and again rather than waited for: a statement that waits holds back vacuum on the whole database.
 *
 * @param patience how long to wait, in ms
 * @returns false when others were at work all the time
 */
export async function lockLoads(
  client: Client,
  onWait: () => void,
  patience = Infinity,
): Promise<boolean> {
  const deadline = performance.now() + patience;
  for (let pause = FIRST_POLL_MS; ; pause = Math.min(pause * 2, MAX_POLL_MS)) {
    const { rows } = await client.query<{ locked: boolean }>(
      'select pg_try_advisory_lock($1) as locked',
      [CLINICAL_WRITER],
    );
    if (rows[0]?.locked) return true;
    if (performance.now() > deadline) return false;
    onWait();
    await delay(pause);
  }
}

/** Lets others write, while the session goes on. */
export async function unlockLoads(client: Client): Promise<void> {
  await client.query('select pg_advisory_unlock($1)', [CLINICAL_WRITER]);
}
