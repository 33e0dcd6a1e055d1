import type { ResourceType } from '@app/fhir';

import type { ExportScope, ResourceExtractor } from '../extractors';
import { provenanceBeside } from './packed-provenance';
import { packedRemainder } from './packed-remainder';
import type { PackedShare } from './packed-share';

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
