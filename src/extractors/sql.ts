import { escapeLiteral } from 'pg';

import { type ExportScope, SLOTS } from './resource-extractor';

/** A quoted literal. */
export const literal = escapeLiteral;

export function time(instant: string): string {
  return `timestamptz ${literal(instant)}`;
}

/**
 * One SELECT for the versions that were the latest at `transactionTime`: from the latest rows, and
 * from those that have been superseded since. In one statement, hence one snapshot, a resource is in
 * exactly one of the two, however the store changes between statements.
 *
 * @param where condition on a version `v` (columns type, id, patient_id, last_updated)
 */
export function asOf(type: string, scope: ExportScope, where: string): string {
  const t = time(scope.transactionTime);
  const since = scope.since === undefined ? '' : ` and v.last_updated > ${time(scope.since)}`;
  const common = `v.type = ${literal(type)} and v.last_updated <= ${t}${since} and ${where}`;
  return [
    `select v.content from clinical.resource v where ${common}`,
    `select v.content from clinical.resource_history v
     where ${common} and v.superseded_at > ${t} and not v.deleted`,
  ].join('\nunion all\n');
}

/** The members of the part's share of the cohort. */
export function members(scope: ExportScope): string {
  return `select m.patient_id from export.cohort_member m where m.job_id = ${literal(scope.jobId)}${slotsOf('m.slot', scope)}`;
}

/** `and column between …`, or nothing when the part covers every slot. */
export function slotsOf(column: string, { slots }: ExportScope): string {
  if (slots.from === 0 && slots.to === SLOTS - 1) return '';
  return ` and ${column} between ${slots.from} and ${slots.to}`;
}

/** The slot of something that no member owns: spread by its id. */
export function slotOfId(column: string): string {
  return `(hashtext(${column}) & ${SLOTS - 1})`;
}
