import type { EntityManager } from 'typeorm';

import { queryUnlogged } from '../../database';
import { type CohortSlot, SLOTS } from '../../extractors';

/** A query and its parameters; the first parameter here is $1. */
export interface Query {
  readonly sql: string;
  readonly parameters: readonly unknown[];
  /** A setting of the session that the query reads. */
  readonly setting?: { readonly name: string; readonly value: string } | undefined;
}

/** Whose data an export holds. */
export interface Cohort {
  /** Yields `patient_id`, each member once. */
  readonly cohort: Query;
  /**
   * Yields the `patient_id`s of the cohort at `_since`; undefined without it, or when no earlier export
   * can have ended then.
   */
  readonly cohortBefore: Query | undefined;
}

/**
 * Freezes the patients of an export in `export.cohort_member`, and with `_since` who of them is new.
 * Changes nothing but rows of its own.
 */
export async function freezeCohort(
  manager: EntityManager,
  jobId: string,
  { cohort, cohortBefore }: Cohort,
): Promise<readonly CohortSlot[]> {
  if (!cohortBefore) return insertMembers(manager, jobId, cohort, 'false');
  await manager.query(COHORT_BEFORE);
  const fill = `insert into pg_temp.cohort_before ${cohortBefore.sql}`;
  await queryUnlogged(manager, fill, cohortBefore.parameters);
  return insertMembers(manager, jobId, cohort, IS_NEW);
}

function insertMembers(
  manager: EntityManager,
  jobId: string,
  { sql, parameters }: Query,
  newcomer: string,
): Promise<readonly CohortSlot[]> {
  // Slots follow the order of patients, as the store's rows do: a part reads neighbours.
  return queryUnlogged<CohortSlot>(
    manager,
    `with inserted as (
       insert into export.cohort_member (job_id, patient_id, slot, newcomer)
       select $${parameters.length + 1}::uuid, c.patient_id,
              ((row_number() over (order by c.patient_id collate "C") - 1) * ${SLOTS} / count(*) over ())::int,
              ${newcomer}
       from (${sql}) c
       returning patient_id, slot)
     select slot, count(*)::int as members, min(patient_id) as "firstMember"
     from inserted group by slot order by slot`,
    [...parameters, jobId],
  );
}

const COHORT_BEFORE = `
  create temporary table cohort_before (patient_id text collate "C" not null) on commit drop`;

const IS_NEW = `
              not exists (select from pg_temp.cohort_before b where b.patient_id = c.patient_id)`;
