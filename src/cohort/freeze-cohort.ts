import type { EntityManager } from 'typeorm';

import { queryUnlogged, setUnlogged } from '../database';
import type { CohortBucket } from './bucket-weights';
import { COHORT_BUCKETS } from './cohort-share';

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
  /** Yields `patient_id` of those who would be in it, had they not been deleted after `_since`. */
  readonly departed: Query | undefined;
  /** Yields `last_updated` and `content` of the Group resource `id`; undefined when it is not given. */
  readonly group: (Query & { readonly id: string }) | undefined;
}

/**
 * Freezes the patients of an export, with `_since` also who of them is new, and its Group. Changes nothing
 * but rows of its own.
 *
 * @returns the buckets that have members, in their order
 */
export async function freezeCohort(
  manager: EntityManager,
  jobId: string,
  { cohort, cohortBefore, departed, group }: Cohort,
): Promise<readonly CohortBucket[]> {
  const buckets = await freezeMembers(manager, jobId, { cohort, cohortBefore });
  if (departed) await freezeDeparted(manager, jobId, departed);
  if (group) await freezeGroup(manager, jobId, group);
  return buckets;
}

/** Freezes some members of a frozen cohort, spread at random, as the cohort of another job. */
export async function sampleCohort(
  manager: EntityManager,
  {
    jobId,
    sampleId,
    size,
  }: { readonly jobId: string; readonly sampleId: string; readonly size: number },
): Promise<void> {
  await manager.query(
    `insert into export.cohort_member (job_id, patient_id, slot, newcomer)
     select $2, patient_id, slot, newcomer from export.cohort_member
     where job_id = $1 order by hashtext(patient_id), patient_id limit $3`,
    [jobId, sampleId, size],
  );
}

/** Removes what was frozen for a job. */
export async function forgetCohort(manager: EntityManager, jobId: string): Promise<void> {
  await manager.query('delete from export.cohort_member where job_id = $1', [jobId]);
  await manager.query('delete from export.departed_member where job_id = $1', [jobId]);
  await manager.query('delete from export.cohort_group where job_id = $1', [jobId]);
}

async function freezeMembers(
  manager: EntityManager,
  jobId: string,
  { cohort, cohortBefore }: Pick<Cohort, 'cohort' | 'cohortBefore'>,
): Promise<readonly CohortBucket[]> {
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
): Promise<readonly CohortBucket[]> {
  // Buckets follow the order of patients, as the store's rows do: a part reads neighbours.
  return queryUnlogged<CohortBucket>(
    manager,
    `with inserted as (
       insert into export.cohort_member (job_id, patient_id, slot, newcomer)
       select $${parameters.length + 1}::uuid, c.patient_id,
              ((row_number() over (order by c.patient_id collate "C") - 1) * ${COHORT_BUCKETS} / count(*) over ())::int,
              ${newcomer}
       from (${sql}) c
       returning patient_id, slot)
     select slot as bucket, count(*)::int as members, min(patient_id) as "firstMember"
     from inserted group by slot order by slot`,
    [...parameters, jobId],
  );
}

async function freezeDeparted(
  manager: EntityManager,
  jobId: string,
  { sql, parameters }: Query,
): Promise<void> {
  await queryUnlogged(
    manager,
    `insert into export.departed_member (job_id, patient_id)
     select distinct $${parameters.length + 1}::uuid, d.patient_id from (${sql}) d`,
    [...parameters, jobId],
  );
}

async function freezeGroup(
  manager: EntityManager,
  jobId: string,
  { id, sql, parameters, setting }: Query & { readonly id: string },
): Promise<void> {
  const { queryRunner } = manager;
  if (setting && queryRunner) await setUnlogged(queryRunner, { ...setting, extent: 'transaction' });
  const [job, group] = [parameters.length + 1, parameters.length + 2];
  await queryUnlogged(
    manager,
    `insert into export.cohort_group (job_id, id, last_updated, content)
     select $${job}::uuid, $${group}::text, g.last_updated, g.content from (${sql}) g`,
    [...parameters, jobId, id],
  );
}

const COHORT_BEFORE = `
  create temporary table cohort_before (patient_id text collate "C" not null) on commit drop`;

const IS_NEW = `
              not exists (select from pg_temp.cohort_before b where b.patient_id = c.patient_id)`;
