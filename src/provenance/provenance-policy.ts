import type { ResourceType } from '@app/fhir';

/**
 * Decides which types' Provenance goes along with an export (the vendor's "Provenance
 * considerations", PR-67).
 *
 * - no `_type`: Provenance of everything that is exported;
 * - `_type` with Provenance and others: Provenance of those others;
 * - `_type` with Provenance alone: Provenance of everything that the caller may export;
 * - `_type` without Provenance: none.
 *
 * @param types the types of this export, after scopes and licence
 * @param permitted every type that the caller may export
 * @returns the types whose Provenance is exported; empty for none
 */
export function provenanceOf(
  types: readonly ResourceType[],
  permitted: readonly ResourceType[],
): readonly ResourceType[] {
  if (!types.includes('Provenance')) return [];
  const others = types.filter((type) => type !== 'Provenance');
  return others.length > 0 ? others : permitted.filter((type) => type !== 'Provenance');
}
