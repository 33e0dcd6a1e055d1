import type { ResourceType } from '@app/fhir';

import { ALL_BUCKETS } from '../../cohort';
import type { ExportScope, PartContent } from '../../extractors';
import type { ExportParameters } from '../persistence/job-parameters';
import type { ClaimedPart } from '../persistence/job-record';
import type { ClaimedJob } from '../persistence/plan-claims.service';

/** What a part gives. */
export function portionOf(part: ClaimedPart): PartContent {
  const { kind, type, parameters } = part;
  const { types } = parameters;
  if (kind === 'blocks') return { kind, types, scopeOf: (one) => scopeFor(part, one) };
  if (kind === 'deleted' || type === 'Bundle') return { kind: 'deleted', types };
  return { kind, type };
}

/** What a part asks of the extractors. */
export function scopeOf(part: ClaimedPart): ExportScope {
  return scopeFor(
    part,
    part.kind === 'resources' && part.type !== 'Bundle' ? part.type : undefined,
  );
}

/**
 * What all of a type would ask, of a job that is being planned.
 *
 * @param plan what is known of it by then
 */
export function scopeOfAll(
  job: Pick<ClaimedJob, 'id' | 'target' | 'parameters'>,
  type: ResourceType,
  {
    transactionTime = '',
    cohortShare,
  }: Partial<Pick<ClaimedPart, 'transactionTime' | 'cohortShare'>> = {},
): ExportScope {
  const { id: jobId, target, parameters } = job;
  const { from: slotFrom, to: slotTo } = ALL_BUCKETS;
  return scopeFor(
    { jobId, level: target.level, parameters, slotFrom, slotTo, transactionTime, cohortShare },
    type,
  );
}

/** What a scope follows from: of a part that is claimed, or one that is planned. */
type ScopedPart = Omit<ClaimedPart, 'id' | 'appId' | 'kind' | 'type' | 'fence' | 'attempts'>;

/** @param type what is asked for; undefined: what was deleted, of whichever types */
function scopeFor(part: ScopedPart, type: ResourceType | undefined): ExportScope {
  const { parameters } = part;
  // What was deleted can be searched no more: scopes alone narrow it (DE-06).
  const filters: Filters = type ? parameters : { scopeFilters: parameters.scopeFilters };
  return {
    cohort: { jobId: part.jobId, buckets: { from: part.slotFrom, to: part.slotTo } },
    plan: { storeShare: part.cohortShare },
    level: part.level,
    transactionTime: part.transactionTime,
    since: parameters.since,
    until: parameters.until,
    elements: type && parameters.elements?.[type],
    filters: type && filtersOf(filters, type),
    filtersOf: (other) => filtersOf(filters, other),
    provenanceOf: parameters.provenanceOf,
    provenance: parameters.provenance,
    repeat: parameters.sandbox?.repeat,
    restricted: Object.keys(parameters.scopeFilters ?? {}).length > 0,
  };
}

/** Of each list one filter must match, and every list must be satisfied. */
function filtersOf(
  { typeFilters, scopeFilters }: Filters,
  type: ResourceType,
): ExportScope['filters'] {
  const lists = [typeFilters?.[type], scopeFilters?.[type]].filter((list) => list !== undefined);
  return lists.length > 0 ? lists : undefined;
}

interface Filters {
  readonly typeFilters?: ExportParameters['typeFilters'] | undefined;
  readonly scopeFilters?: ExportParameters['scopeFilters'] | undefined;
}
