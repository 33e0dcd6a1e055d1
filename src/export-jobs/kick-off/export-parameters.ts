import type { ResourceType } from '@app/fhir';

import type { ProvenanceDecision } from '../../provenance';
import type { ByType, ExportParameters } from '../persistence/job-parameters';
import type { ExportRequest } from './export-request';
import { elementsByType } from './parameters/elements';
import type { TypeFilter } from './parameters/type-filters';

/** What the job keeps of a request: nothing that was not asked for. */
export function exportParameters(
  request: ExportRequest,
  { types, provenanceOf, provenance }: ProvenanceDecision,
): ExportParameters {
  const { since, until, elements, patients, typeFilters, organizeBy } = request;
  return {
    types,
    provenanceOf,
    since,
    ...(until !== undefined && { until }),
    ...(elements && { elements: elementsByType(elements, types) }),
    ...(patients && { patients }),
    ...(typeFilters.length > 0 && { typeFilters: filtersByType(typeFilters, types) }),
    ...(provenance && { provenance }),
    ...(organizeBy && { organizeBy }),
    ...(request.deletionsUnknown && { deletionsUnknown: true }),
    ...(request.partialManifests && { partialManifests: true }),
    ...(request.separateExportStatus && { separateExportStatus: true }),
    ...(request.sandbox && { sandbox: request.sandbox }),
    ...(request.ignored.length > 0 && { ignored: request.ignored }),
  };
}

/** PR-74, PR-82: those of one type are alternatives; those of other types have no effect. */
function filtersByType(
  filters: readonly TypeFilter[],
  types: readonly ResourceType[],
): ByType<readonly string[]> {
  return Object.fromEntries(
    types.flatMap((type) => {
      const own = filters.filter((filter) => filter.type === type).map(({ query }) => query);
      return own.length > 0 ? [[type, own]] : [];
    }),
  );
}
