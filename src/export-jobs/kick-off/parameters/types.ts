import { isResourceType, quoted, RESOURCE_TYPES, type ResourceType } from '@app/fhir';

import { type FhirError, invalidParameter } from '../../../common';
import type { KickOffParameters } from './kick-off-parameters';
import type { LenientHandling } from './lenient-handling';

/**
 * The types that `_type` names (PR-30, PR-33, PR-36); undefined when it was left out. If nothing that
 * it names can be exported, it is refused whatever the client prefers: no types would mean all of them.
 */
export function readTypes(
  given: KickOffParameters,
  lenience: LenientHandling,
): readonly ResourceType[] | undefined {
  if (given.of('_type').length === 0) return undefined;
  const names = given.listOf('_type');
  const types = names.filter(isResourceType);
  if (types.length < names.length) {
    const error = unsupportedTypes(names.filter((name) => !isResourceType(name)));
    if (types.length === 0) throw error;
    lenience.refuseOrIgnore(error);
  }
  return types;
}

function unsupportedTypes(names: readonly string[]): FhirError {
  const shown = names.slice(0, 10).map(quoted);
  return invalidParameter(
    '_type',
    `_type holds ${[...new Set(shown)].join(', ')}, which cannot be exported. Accepted, case-sensitive and separated by commas, are ${RESOURCE_TYPES.join(', ')}.`,
    'not-supported',
  );
}
