import type { ResourceType } from '@app/fhir';

/** What `includeAssociatedData` asks for: of each resource all Provenance, or the newest (PR-61, PR-62). */
export type AssociatedProvenance = 'relevant' | 'latest';

export interface ProvenanceDecision {
  /** The types of the export: those given, and Provenance where it goes along. */
  readonly types: readonly ResourceType[];
  /** The types whose Provenance is exported; empty for none. */
  readonly provenanceOf: readonly ResourceType[];
  /** Undefined: `includeAssociatedData` did not ask, the default holds. */
  readonly provenance: AssociatedProvenance | undefined;
}

/**
 * Decides which Provenance goes along with an export (the vendor's "Provenance considerations", PR-67).
 *
 * - no `_type`: Provenance of everything that is exported;
 * - `_type` with Provenance and others: Provenance of those others;
 * - `_type` with Provenance alone: Provenance of everything that the caller may export;
 * - `_type` without Provenance: none, unless `includeAssociatedData` asks for it: then of all types
 *   asked (PM-01).
 *
 * All of it, unless `includeAssociatedData` asks for the newest.
 *
 * @param types the types of this export, after scopes and licence
 * @param permitted every type that the caller may export; without Provenance, none is given (PM-03)
 * @param associated what `includeAssociatedData` asks for; undefined when it does not
 */
export function decideProvenance(
  types: readonly ResourceType[],
  permitted: readonly ResourceType[],
  associated: AssociatedProvenance | undefined,
): ProvenanceDecision {
  const goesAlong =
    associated !== undefined && permitted.includes('Provenance') && types.length > 0;
  const all = goesAlong ? [...new Set([...types, 'Provenance' as const])] : types;
  return {
    types: all,
    provenanceOf: provenanceOf(all, permitted),
    provenance: goesAlong ? associated : undefined,
  };
}

function provenanceOf(
  types: readonly ResourceType[],
  permitted: readonly ResourceType[],
): readonly ResourceType[] {
  if (!types.includes('Provenance')) return [];
  const others = types.filter((type) => type !== 'Provenance');
  return others.length > 0 ? others : permitted.filter((type) => type !== 'Provenance');
}
