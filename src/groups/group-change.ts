import type { QueryRunner } from 'typeorm';

import { queryUnlogged } from '../database';
import { LOCK, NEW_VERSION, PLACEHOLDER, STATE } from './group-change.sql';

/** A group, locked while it is changed. */
export interface GroupChange {
  /** The instant of the change, later than every version before; milliseconds, as FHIR shows them. */
  readonly at: string;
  /** True as well for a group that never was. */
  readonly deleted: boolean;
  readonly source: string;
}

export interface ChangeOutcome<T> {
  /** Whether anything changed, so that a new version comes into being. */
  readonly version: boolean;
  readonly result: T;
}

/**
 * Runs one change of a group in one transaction, one at a time for each group. `action` throws to
 * leave everything as it was.
 *
 * The instant is that of a writer to the clinical store, with its promise: an export's planner who
 * sees no older transaction running at an instant T sees every version up to T.
 */
export async function changeGroup<T>(
  runner: QueryRunner,
  groupId: string,
  action: (change: GroupChange) => Promise<ChangeOutcome<T>>,
): Promise<T> {
  await runner.startTransaction();
  try {
    await runner.query(PLACEHOLDER, [groupId]);
    await runner.query(LOCK, [groupId]);
    const [change] = (await runner.query(STATE, [groupId])) as readonly GroupChange[];
    if (change === undefined) throw new Error('The group vanished while it was changed.');
    const { version, result } = await action(change);
    if (version) await runner.query(NEW_VERSION, [groupId, change.at]);
    await (version ? runner.commitTransaction() : runner.rollbackTransaction());
    return result;
  } catch (error) {
    if (runner.isTransactionActive) await runner.rollbackTransaction();
    throw error;
  }
}

/** Rows that an update or insert touched. */
export async function affected(
  runner: QueryRunner,
  sql: string,
  parameters: readonly unknown[],
): Promise<number> {
  const [row] = await queryUnlogged<{ readonly count: number }>(
    runner,
    `with touched as (${sql} returning 1) select count(*)::int as count from touched`,
    parameters,
  );
  return row?.count ?? 0;
}
