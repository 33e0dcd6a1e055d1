import type { ResourceType } from '@app/fhir';

import { existsAt } from '../clinical-data';
import { continuesEarlierExport } from '../cohort';
import { literal, time } from '../database';
import { passingFilters } from './filters';
import type { ExportScope, View } from './resource-extractor';

/** What goes to files: the stored text. */
const CONTENT: View = { columns: 'v.content' };

/** A SELECT of what there is in a SELECT; by default `count`. */
export function counting(select: string, columns = 'count(*) as count'): string {
  return `select ${columns} from (${select}) as counted`;
}

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
    `${continuesEarlierExport(scope.cohort)}
     and v.valid_from <= ${time(scope.since)} and ${where}`,
    view,
  );
}

/** Types for `in (…)`, of which there may be none. */
export function listedTypes(types: readonly ResourceType[]): string {
  return types.map(literal).join(', ') || 'null';
}
