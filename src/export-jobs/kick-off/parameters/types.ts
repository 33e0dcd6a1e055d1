import { quoted, type ResourceType } from '@app/fhir';

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
  offered: readonly ResourceType[],
): readonly ResourceType[] | undefined {
  if (given.of('_type').length === 0) return undefined;
  const names = given.listOf('_type');
  const isOffered = (name: string): name is ResourceType => offered.some((type) => type === name);
  const types = names.filter(isOffered);
  if (types.length < names.length) {
    const error = unsupportedTypes(
      names.filter((name) => !isOffered(name)),
      offered,
    );
    if (types.length === 0) throw error;
    lenience.refuseOrIgnore(error);
  }
  return types;
}

function unsupportedTypes(names: readonly string[], offered: readonly ResourceType[]): FhirError {
  const shown = names.slice(0, 10).map(quoted);
  return invalidParameter(
    '_type',
    `_type holds ${[...new Set(shown)].join(', ')}, which cannot be exported. Accepted, case-sensitive and separated by commas, are ${offered.join(', ')}.`,
    'not-supported',
  );
}
