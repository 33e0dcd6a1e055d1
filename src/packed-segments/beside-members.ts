import type { ResourceType } from '@app/fhir';

import type { ExportScope, ResourceExtractor } from '../extractors';
import { provenanceBeside } from './packed-provenance';
import { packedRemainder } from './packed-remainder';

/** The packed members that an export copies as they are (docs/packed-segments.md). */
export interface PackedShare {
  /** Ids in clinical.packed_member; all of their patients are in the part's share of the cohort. */
  readonly memberIds: readonly string[];
  /** UTC instant: the earliest `as_of` among them. */
  readonly oldest: string;
  /** True when looking up each patient who is left costs less than reading the whole type. */
  readonly few: boolean;
}

/** SQL of the texts that packed members leave to be given of a type. */
export function besideMembers(
  type: ResourceType,
  scope: ExportScope,
  share: PackedShare,
  extractor: ResourceExtractor,
): string {
  if (type === 'Provenance') return provenanceBeside(scope, share);
  const { relations, branches } = packedRemainder(type, scope, share);
  const others = extractor.besideCompartments?.(scope) ?? [];
  return `${relations}\n${[...branches, ...others].join('\nunion all\n')}`;
}
