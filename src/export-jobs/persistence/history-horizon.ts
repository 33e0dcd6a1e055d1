import type { DataSource, EntityManager } from 'typeorm';

import { hasHistory, raiseHorizon } from '../../clinical-data';
import { lockForTransaction, shareLockForTransaction } from './advisory-locks';
import { OLDEST_READ } from './history-horizon.sql';

/** The store's history was trimmed beyond an instant that an export has to read as of. */
export class HistoryTrimmedError extends Error {
  constructor() {
    super('The history that this export needs was trimmed.');
    this.name = 'HistoryTrimmedError';
  }
}

/**
 * Lets the store trim history that is older than so many days, but for what an export that has not ended
 * reads as of: its transactionTime, and its `_since`, for what was deleted.
 *
 * @returns the horizon: see raiseHorizon
 */
export function releaseHistory(dataSource: DataSource, days: number): Promise<string> {
  return dataSource.transaction(async (manager) => {
    await lockForTransaction(manager, 'history');
    const [row] = await manager.query<{ oldest: string | null }[]>(OLDEST_READ);
    return raiseHorizon(manager, days, row?.oldest ?? undefined);
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
  if (!(await hasHistory(manager, instants))) throw new HistoryTrimmedError();
}
