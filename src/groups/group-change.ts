import type { QueryRunner } from 'typeorm';

import { queryUnlogged } from '../database';

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
    await runner.query('select from groups.patient_group where id = $1 for update', [groupId]);
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

/** A group that does not exist is a deleted one of version 0, so that there is a row to lock. */
const PLACEHOLDER = `
  insert into groups.patient_group (id, source, name, name_key, version, last_updated, deleted)
  values ($1, 'patient-list', '', '', 0, '-infinity', true)
  on conflict (id) do nothing`;

const STATE = `
  select greatest(clinical.write_instant(), last_updated + interval '1 millisecond')::text as at,
         deleted, source
  from groups.patient_group
  where id = $1`;

const NEW_VERSION = `
  with changed as (
    update groups.patient_group set version = version + 1, last_updated = $2::timestamptz
    where id = $1
    returning *
  )
  insert into groups.group_version
    (group_id, version, last_updated, deleted, source, name, identifiers, characteristics, criteria)
  select id, version, last_updated, deleted, source, name, identifiers, characteristics, criteria
  from changed`;
