import { literal } from '../database';
import { ALL_BUCKETS, COHORT_BUCKETS, type CohortShare, isWholeCohort } from './cohort-share';

/** Members of a cohort: `known` were in it at `_since` already, `newcomers` were not. */
export type Membership = 'known' | 'newcomers';

/** SELECT of `patient_id`: the members of a share of the cohort; all of them, or those of one kind. */
export function members(share: CohortShare, which?: Membership): string {
  return `select m.patient_id from ${relation(share)} m where ${isOfJob(share, which)}${inBuckets('m.slot', share)}`;
}

/** As members, whatever the share. */
export function allMembers(share: CohortShare): string {
  return members({ ...share, buckets: ALL_BUCKETS });
}

/** SELECT of `patient_id`: those who would be members, had they not been deleted after `_since`. */
export function departedMembers({ jobId }: CohortShare): string {
  return `select d.patient_id from export.departed_member d where d.job_id = ${literal(jobId)}`;
}

/** `join …`: a row `m` (slot, newcomer) for the member of the cohort, or of one kind, whom `column` names. */
export function joinCohort(column: string, share: CohortShare, which?: Membership): string {
  return `join ${relation(share)} m
    on ${isMember(column, share, which)}`;
}

/** As joinCohort, of the members of the share. */
export function joinMembers(column: string, share: CohortShare): string {
  return `${joinCohort(column, share)}${inBuckets('m.slot', share)}`;
}

/** Condition: the member of the cohort, or of one kind, whom `column` names is there. Looked up by itself. */
export function isInCohort(column: string, share: CohortShare, which?: Membership): string {
  return `exists (select from ${relation(share)} m
    where ${isMember(column, share, which)} offset 0)`;
}

/** Condition: no member of the cohort is the patient whom `column` names. */
export function isOutsideCohort(column: string, share: CohortShare): string {
  return `not exists (select from ${relation(share)} m
    where ${isMember(column, share)})`;
}

/** Condition: the cohort has a member between two ids, both included. */
export function hasMemberBetween(first: string, last: string, share: CohortShare): string {
  return `exists (select from ${relation(share)} m
    where ${isOfJob(share)} and m.patient_id >= ${first} and m.patient_id <= ${last})`;
}

/**
 * Condition on a version `v`: its patient is of the share. Buckets follow the order of patients, so a share
 * lies between two of them: that keeps each of many parts from reading the whole store. PostgreSQL looks the
 * two up; no statement holds a patient's id.
 */
export function ownedByMembers(share: CohortShare, which?: Membership): string {
  const own = `v.patient_id in (${members(share, which)})`;
  if (isWholeCohort(share)) return own;
  const bound = (end: 'min' | 'max'): string =>
    `(select ${end}(bound.patient_id) from (${members(share)}) bound)`;
  return `${own} and v.patient_id between ${bound('min')} and ${bound('max')}`;
}

/** `and column between …`, or nothing when the share is the whole cohort. */
export function inBuckets(column: string, share: CohortShare): string {
  if (isWholeCohort(share)) return '';
  return ` and ${column} between ${share.buckets.from} and ${share.buckets.to}`;
}

/** The bucket of something that no member owns: spread by its id. */
export function bucketOfId(column: string): string {
  return `(hashtext(${column}) & ${COHORT_BUCKETS - 1})`;
}

/** SQL of one boolean: an earlier export of the cohort can have ended at `_since`. */
export function continuesEarlierExport({ jobId, continuesSince }: CohortShare): string {
  if (continuesSince !== undefined) return String(continuesSince);
  return `(select j.continues_since from export.job j where j.id = ${literal(jobId)})`;
}

/** SELECT of `id, last_updated, content`: the Group resource as it was when the cohort was frozen. */
export function frozenGroup({ jobId }: CohortShare): string {
  return `select g.id, g.last_updated, g.content from export.cohort_group g where g.job_id = ${literal(jobId)}`;
}

/** What holds members: `job_id, patient_id, slot, newcomer`. */
function relation({ withDeparted }: CohortShare): string {
  if (withDeparted !== true) return 'export.cohort_member';
  return `(select job_id, patient_id, slot, newcomer from export.cohort_member
           union all select job_id, patient_id, 0, false from export.departed_member)`;
}

function isOfJob({ jobId }: CohortShare, which?: Membership): string {
  return `m.job_id = ${literal(jobId)}${only(which)}`;
}

function isMember(column: string, share: CohortShare, which?: Membership): string {
  return `m.job_id = ${literal(share.jobId)} and m.patient_id = ${column}${only(which)}`;
}

function only(which: Membership | undefined): string {
  if (which === undefined) return '';
  return which === 'known' ? ' and not m.newcomer' : ' and m.newcomer';
}
