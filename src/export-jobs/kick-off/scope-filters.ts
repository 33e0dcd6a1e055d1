import type { ExportParameters } from '../persistence/job-parameters';

/**
 * What the token's scopes narrow of an export (SC-06, SEC-07). The Provenance of a type of which only
 * some resources are given would tell of the others: where it is not tied to what is given, as
 * includeAssociatedData ties it, it is left out.
 */
export function narrowedByScopes(
  parameters: ExportParameters,
  scopeFilters: NonNullable<ExportParameters['scopeFilters']>,
): ExportParameters {
  if (Object.keys(scopeFilters).length === 0) return parameters;
  const isTied = parameters.provenance !== undefined;
  const provenanceOf = parameters.provenanceOf.filter((type) => isTied || !scopeFilters[type]);
  return { ...parameters, provenanceOf, scopeFilters };
}
