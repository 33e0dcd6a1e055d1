import { escapeLiteral } from 'pg';

import type { ResourceType } from '@app/fhir';

import { passingFilters } from './filters';
import { type ExportScope, SLOTS, type View } from './resource-extractor';

/** A quoted literal. */
export const literal = escapeLiteral;

export function time(instant: string): string {
  return `timestamptz ${literal(instant)}`;
}

/** What goes to files: the stored text. */
const CONTENT: View = { columns: 'v.content' };

/**
 * One SELECT for the versions that were the latest at `transactionTime`: from the latest rows, and
 * from those that have been superseded since. In one statement, hence one snapshot, a resource is in
 * exactly one of the two, however the store changes between statements.
 *
 * `until` leaves out what has changed later; it brings no older version back (PR-22).
 *
 * @param where condition on a version `v` (columns type, id, patient_id, last_updated)
 */
export function asOf(
  type: ResourceType,
  scope: ExportScope,
  where: string,
  { columns, join = '', only }: View = CONTENT,
): string {
  const t = time(scope.transactionTime);
  const also = only === undefined ? '' : ` and ${only}`;
  const common = `v.type = ${literal(type)} and v.last_updated <= ${t}${changed(scope)} and ${where}${also}${passingFilters(type, scope)}`;
  return [
    `select ${columns} from clinical.resource v ${join} where ${common}`,
    `select ${columns} from clinical.resource_history v ${join}
     where ${common} and v.superseded_at > ${t} and not v.deleted`,
  ].join('\nunion all\n');
}

/** `and …`: the version came about within `since` and `until`, ends excluded (PR-10, PR-20). */
export function changed({ since, until }: ExportScope): string {
  const after = since === undefined ? '' : ` and v.last_updated > ${time(since)}`;
  const before = until === undefined ? '' : ` and v.last_updated < ${time(until)}`;
  return after + before;
}

/** The relation of the patients whom a query is about: `job_id, patient_id, slot`. */
export function cohort(scope: ExportScope): string {
  if (scope.withDeparted !== true) return 'export.cohort_member';
  return `(select job_id, patient_id, slot from export.cohort_member
           union all select job_id, patient_id, 0 from export.departed_member)`;
}

/** The members of the part's share of the cohort. */
export function members(scope: ExportScope): string {
  return `select m.patient_id from ${cohort(scope)} m where m.job_id = ${literal(scope.jobId)}${slotsOf('m.slot', scope)}`;
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
