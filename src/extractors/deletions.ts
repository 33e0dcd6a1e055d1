import type { ResourceType } from '@app/fhir';

import { validAt, validBefore } from '../clinical-data';
import { ALL_BUCKETS, departedMembers, joinCohort, members } from '../cohort';
import { literal, time } from '../database';
import { RESOURCE_CATALOG } from './resource-catalog';
import type { ExportScope, ResourceExtractor } from './resource-extractor';
import { listedTypes } from './sql';

/** Entries of one Bundle, hence of one line. */
const ENTRIES = 1000;

/** What is asked of the deletions of an export with `_since`. */
export interface DeletionScope extends ExportScope {
  readonly since: string;
  readonly types: readonly ResourceType[];
}

/**
 * SQL of lines that are transaction Bundles of DELETE entries (DE-04, DE-05): whatever of the export's
 * types an export at `since` would have held, and one at `transactionTime` would not, because
 * - it was deleted,
 * - it has moved out of the compartments of the export's patients, or
 * - its patient was deleted;
 * and what came and went in between (DE-01). Patients who left a group take nothing along (DE-06).
 *
 * What deleted resources held cannot be searched any more, so `_typeFilter` does not narrow them
 * (DE-06); filters of the token's scopes do, by the version that the caller could have had.
 */
export function deletions(
  scope: DeletionScope,
  extractorOf: (type: ResourceType) => ResourceExtractor,
): string {
  const gone = scope.types
    .filter((type) => type !== 'Group')
    .map(
      (type) =>
        `select ${literal(type)} as type, g.id from (${goneOf(type, scope, extractorOf(type))}) g (id)`,
    );
  if (gone.length === 0) return NOTHING;
  return `
    select concat('{"resourceType":"Bundle","type":"transaction","entry":[', string_agg(
             concat('{"request":{"method":"DELETE","url":', to_json(n.type || '/' || n.id), '}}'), ','), ']}')
    from (select g.type, g.id, (row_number() over () - 1) / ${ENTRIES} as line
          from (${gone.join('\nunion all\n')}) g) n
    group by n.line`;
}

const NOTHING = `select null::text where false`;

function goneOf(type: ResourceType, scope: DeletionScope, extractor: ResourceExtractor): string {
  const view = { columns: 'v.id', only: 'v.id in (select changed.id from changed)' };
  const cohort = { ...scope.cohort, buckets: ALL_BUCKETS };
  const whole = { ...scope, cohort, since: undefined, until: undefined };
  const filters = scope.filtersOf?.(type);
  // All Provenance of what the caller may have: which was the newest is no matter of deletion.
  const provenance = scope.provenance && ('relevant' as const);
  const before = {
    ...whole,
    transactionTime: scope.since,
    cohort: { ...cohort, withDeparted: true },
    filters,
    provenance,
  };
  const after = { ...whole, filters: undefined, filtersOf: undefined, provenance };
  return `
    (with changed (id) as materialized (${candidates(type, scope)})
     ((${extractor.select(before, view)}) except (${extractor.select(after, view)})))
    ${filters === undefined ? `union ${tombstones(type, scope)}` : ''}`;
}

/** Ids of resources of which something has ended since: few beside those that are exported. */
function candidates(type: ResourceType, scope: DeletionScope): string {
  const ended = (target: string): string =>
    `h.type = ${target} and not h.deleted and ${within('h.valid_to', scope)}`;
  const own = `select h.id from clinical.version h where ${ended(literal(type))}`;
  const targets = `
    select t.provenance_id from clinical.provenance_target t
    join clinical.version h on h.id = t.target_id and ${ended('t.target_type')}`;
  const ofThose = scope.provenanceOf.map(
    (target) => `
    select t.provenance_id from clinical.provenance_target t
    where t.target_type = ${literal(target)} and t.target_id in (${ofDeparted(target, scope)})`,
  );
  const lost = type === 'Provenance' ? [targets, ...ofThose] : [];
  return [own, ofDeparted(type, scope), ...lost].join('\nunion\n');
}

/**
 * What was there at `transactionTime` of patients who were not: it leaves the export with them. That it
 * has changed or gone since makes no difference.
 */
function ofDeparted(type: ResourceType, { cohort, transactionTime }: DeletionScope): string {
  const departed = departedMembers(cohort);
  return `
    select v.id from clinical.version v
    where v.type = ${literal(type)} and not v.deleted and v.valid_to > ${time(transactionTime)}
      and v.patient_id in (${departed})
    union
    select c.id from clinical.compartment c where c.type = ${literal(type)} and c.patient_id in (${departed})`;
}

/**
 * Ids of tombstones that are in force at `transactionTime` (DE-03), and were in the export's scope when
 * they were laid.
 */
function tombstones(type: ResourceType, scope: DeletionScope): string {
  return `
    select h.id from clinical.version h
    where h.type = ${literal(type)} and h.deleted and ${within('h.valid_from', scope)}
      and ${validAt('h', time(scope.transactionTime))} and (${belonged(type, scope)})`;
}

function belonged(type: ResourceType, scope: DeletionScope): string {
  if (scope.level === 'system' && !(type === 'Provenance' && scope.restricted)) return 'true';
  const everybody = { ...scope.cohort, buckets: ALL_BUCKETS, withDeparted: true };
  const owned = `h.patient_id in (${members(everybody)})`;
  const further = `exists (
    select from clinical.compartment c ${joinCohort('c.patient_id', everybody)}
    where c.type = h.type and c.id = h.id and ${validBefore('c', 'h.valid_from')})`;
  const linked = `h.patient_id is null and exists (
    select from clinical.link l ${joinCohort('l.patient_id', everybody)}
    where l.target_type = h.type and l.target_id = h.id and ${validBefore('l', 'h.valid_from')})`;
  return {
    patient: `${owned} or ${further}`,
    linked,
    'owned-or-linked': `${owned} or ${linked}`,
    custom: targetBelonged(scope, members(everybody)),
  }[RESOURCE_CATALOG[type].kind];
}

/**
 * Of a Provenance: a target was in a member's own compartment just before. Of types of which scopes
 * hide resources no target counts: whether it was hidden cannot be asked any more.
 */
function targetBelonged({ provenanceOf, filtersOf }: DeletionScope, patients: string): string {
  const whole = provenanceOf.filter((type) => filtersOf?.(type) === undefined);
  const types = listedTypes(whole);
  return `exists (
    select from clinical.provenance_target t
    join clinical.version o on o.type = t.target_type and o.id = t.target_id
    where t.provenance_id = h.id and t.target_type in (${types})
      and ${validBefore('t', 'h.valid_from')} and ${validBefore('o', 'h.valid_from')}
      and o.patient_id in (${patients}))`;
}

function within(column: string, { since, until, transactionTime }: DeletionScope): string {
  const before = until === undefined ? '' : ` and ${column} < ${time(until)}`;
  return `${column} > ${time(since)} and ${column} <= ${time(transactionTime)}${before}`;
}
