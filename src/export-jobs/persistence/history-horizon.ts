import type { DataSource, EntityManager } from 'typeorm';

import { lockForTransaction, shareLockForTransaction } from './advisory-locks';
import { ACTIVE_JOB_STATES, sqlStates } from './job-states';

/** The store's history was trimmed beyond an instant that an export has to read as of. */
export class HistoryTrimmedError extends Error {
  constructor() {
    super('The history that this export needs was trimmed.');
    this.name = 'HistoryTrimmedError';
  }
}

/**
 * Gives history that is older than so many days up for trimming, but never beyond what an export that has not ended reads
 * as of: its transactionTime, and its `_since`, for what was deleted.
 *
 * @returns the horizon: what ended up to it is read by nobody, now and later
 */
export function raiseHorizon(dataSource: DataSource, days: number): Promise<string> {
  return dataSource.transaction(async (manager) => {
    await lockForTransaction(manager, 'history');
    const [[row]] = await manager.query<[{ trimmed: string }[], number]>(
      `update clinical.store_clock set trimmed = greatest(trimmed, least(least(service.now(), service.timer()) - make_interval(days => $1), (
         select min(least((j.parameters ->> 'since')::timestamptz, j.transaction_time))
         from export.job j where j.state in ${sqlStates(ACTIVE_JOB_STATES)})))
       returning trimmed::text`,
      [days],
    );
    if (!row) throw new Error('The clock of the clinical store is missing.');
    return row.trimmed;
  });
}

/**
 * To be asked in the transaction that makes a job one that reads as of these instants, and then no later
 * than its last statement but one: the horizon stays where it is until the transaction has ended.
 *
 * @throws HistoryTrimmedError
 */
export async function requireHistory(
  manager: EntityManager,
  instants: readonly (string | undefined)[],
): Promise<void> {
  await shareLockForTransaction(manager, 'history');
  const [row] = await manager.query<{ there: boolean }[]>(
    `select coalesce(min(i.instant) >= (select trimmed from clinical.store_clock), true) as there
     from unnest($1::timestamptz[]) i (instant)`,
    [instants.filter((instant) => instant !== undefined)],
  );
  if (row?.there !== true) throw new HistoryTrimmedError();
}
