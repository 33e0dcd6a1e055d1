import { escapeLiteral } from 'pg';

import type { ResourceType } from '@app/fhir';

import { existsAt } from '../clinical-data';
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
 * A SELECT of the versions that were the latest at `transactionTime`. `until` leaves out what has changed
 * later; it brings no older version back (PR-22).
 *
 * @param where condition on a row `v` of clinical.version; the scope’s filters come on top
 */
export function asOf(
  type: ResourceType,
  scope: ExportScope,
  where: string,
  { columns, join = '', only }: View = CONTENT,
): string {
  const t = time(scope.transactionTime);
  const also = only === undefined ? '' : ` and ${only}`;
  return `select ${columns} from clinical.version v ${join}
    where v.type = ${literal(type)} and ${existsAt('v', t)}${changed('v.valid_from', scope)}
      and ${where}${also}${passingFilters(type, scope, columns)}`;
}

/** `and …`: an instant lies within `since` and `until`, ends excluded (PR-10, PR-20). */
export function changed(instant: string, { since, until }: ExportScope): string {
  const after = since === undefined ? '' : ` and ${instant} > ${time(since)}`;
  const before = until === undefined ? '' : ` and ${instant} < ${time(until)}`;
  return after + before;
}

/** An export that asks for changes only. */
export type SinceScope = ExportScope & { readonly since: string };

export function hasSince(scope: ExportScope): scope is SinceScope {
  return scope.since !== undefined;
}

/**
 * The versions up to `since`, whether they have changed or not, of what a client cannot know from an
 * earlier export because it was not in the scope then (PR-13). Complements `asOf(type, scope, …)`. Nothing
 * when no earlier export can have ended at `since`: then it is a filter by date and no more.
 */
export function unchanged(
  type: ResourceType,
  scope: SinceScope,
  where: string,
  view?: View,
): string {
  return asOf(
    type,
    { ...scope, since: undefined },
    `(select j.continues_since from export.job j where j.id = ${literal(scope.jobId)})
     and v.valid_from <= ${time(scope.since)} and ${where}`,
    view,
  );
}

/** The relation of the patients whom a query is about: `job_id, patient_id, slot, newcomer`. */
export function cohort(scope: ExportScope): string {
  if (scope.withDeparted !== true) return 'export.cohort_member';
  return `(select job_id, patient_id, slot, newcomer from export.cohort_member
           union all select job_id, patient_id, 0, false from export.departed_member)`;
}

/** Members of a cohort: `known` were in it at `since` already, `newcomers` were not. */
export type Membership = 'known' | 'newcomers';

/** The members of the part's share of the cohort; all of them, or those of one kind. */
export function members(scope: ExportScope, which?: Membership): string {
  return `select m.patient_id from ${cohort(scope)} m where m.job_id = ${literal(scope.jobId)}${only('m', which)}${slotsOf('m.slot', scope)}`;
}

/**
 * Condition on a version `v`: its patient is of the part's share of the cohort. Slots follow the order
 * of patients, so a share lies between two of them: that keeps each of many parts from reading the whole
 * store. PostgreSQL looks the two up; no statement holds a patient's id.
 */
export function ownedByMembers(scope: ExportScope, which?: Membership): string {
  const own = `v.patient_id in (${members(scope, which)})`;
  if (coversAll(scope)) return own;
  const bound = (end: 'min' | 'max'): string =>
    `(select ${end}(bound.patient_id) from (${members(scope)}) bound)`;
  return `${own} and v.patient_id between ${bound('min')} and ${bound('max')}`;
}

/** Narrows rows of the cohort to one kind of member. */
export function only(member: string, which: Membership | undefined): string {
  if (which === undefined) return '';
  return which === 'known' ? ` and not ${member}.newcomer` : ` and ${member}.newcomer`;
}

/** `join …`: a row for the member of the cohort, or of one kind, whom `column` names. */
export function ofCohort(column: string, scope: ExportScope, which?: Membership): string {
  return `join ${cohort(scope)} m
    on ${isMember(column, scope, which)}`;
}

/** Condition: the member of the cohort, or of one kind, whom `column` names is there. Looked up by itself. */
export function isInCohort(column: string, scope: ExportScope, which?: Membership): string {
  return `exists (select from ${cohort(scope)} m
    where ${isMember(column, scope, which)} offset 0)`;
}

/** Condition: `m` is the member of the cohort, or of one kind, whom `column` names. */
function isMember(column: string, scope: ExportScope, which: Membership | undefined): string {
  return `m.job_id = ${literal(scope.jobId)} and m.patient_id = ${column}${only('m', which)}`;
}

/** `join …`: a row for the member of the part's share whom `column` names. */
export function ofMembers(column: string, scope: ExportScope): string {
  return `${ofCohort(column, scope)}${slotsOf('m.slot', scope)}`;
}

/** Types for `in (…)`, of which there may be none. */
export function listedTypes(types: readonly ResourceType[]): string {
  return types.map(literal).join(', ') || 'null';
}

/** `and column between …`, or nothing when the part covers every slot. */
export function slotsOf(column: string, scope: ExportScope): string {
  if (coversAll(scope)) return '';
  return ` and ${column} between ${scope.slots.from} and ${scope.slots.to}`;
}

/** The slot of something that no member owns: spread by its id. */
export function slotOfId(column: string): string {
  return `(hashtext(${column}) & ${SLOTS - 1})`;
}

function coversAll({ slots }: ExportScope): boolean {
  return slots.from === 0 && slots.to === SLOTS - 1;
}
