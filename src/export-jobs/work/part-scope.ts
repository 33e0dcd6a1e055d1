import type { ResourceType } from '@app/fhir';

import type { ExportScope, Portion } from '../../extractors';
import type { ClaimedPart, ExportParameters } from '../record/job-record';

/** What a part gives. */
export function portionOf({ kind, type, parameters: { types } }: ClaimedPart): Portion {
  if (kind === 'deleted' || type === 'Bundle') return { kind: 'deleted', types };
  return { kind, type };
}

/** What a part asks of the extractors. */
export function scopeOf(part: ClaimedPart): ExportScope {
  const { parameters, kind, type } = part;
  const own = kind === 'deleted' || type === 'Bundle' ? undefined : type;
  return {
    jobId: part.jobId,
    level: part.level,
    slots: { from: part.slotFrom, to: part.slotTo },
    transactionTime: part.transactionTime,
    since: parameters.since,
    until: parameters.until,
    elements: own && parameters.elements?.[own],
    filters: own && filtersOf(parameters, own),
    // What was deleted can be searched no more: scopes alone narrow it (DE-06).
    filtersOf: (other) =>
      filtersOf(own ? parameters : { scopeFilters: parameters.scopeFilters }, other),
    provenanceOf: parameters.provenanceOf,
    provenance: parameters.provenance,
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
