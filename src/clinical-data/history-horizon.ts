import type { EntityManager } from 'typeorm';

import { HAS_HISTORY, RAISE } from './history-horizon.sql';

/**
 * Gives history that is older than so many days up for trimming, but never beyond what is still read. Never
 * goes back.
 *
 * @param oldestRead instant; undefined when nobody reads
 * @returns the horizon: what ended up to it is read by nobody, now and later
 */
export async function raiseHorizon(
  manager: EntityManager,
  days: number,
  oldestRead: string | undefined,
): Promise<string> {
  const [[row]] = await manager.query<[{ trimmed: string }[], number]>(RAISE, [days, oldestRead]);
  if (!row) throw new Error('The clock of the clinical store is missing.');
  return row.trimmed;
}

/** True when the history of all instants is still there. Those that are undefined do not count. */
export async function hasHistory(
  manager: EntityManager,
  instants: readonly (string | undefined)[],
): Promise<boolean> {
  const [row] = await manager.query<{ there: boolean }[]>(HAS_HISTORY, [
    instants.filter((instant) => instant !== undefined),
  ]);
  return row?.there === true;
}
