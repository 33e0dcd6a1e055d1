import { quoted } from '@app/fhir';

import { invalidParameter } from '../../../common';
import type { AssociatedProvenance } from '../../../provenance';
import type { KickOffParameters } from './kick-off-parameters';
import type { LenientHandling } from './lenient-handling';

/** The narrowest first: of several the widest counts (PR-64). */
const VALUES = [
  ['LatestProvenanceResources', 'latest'],
  ['RelevantProvenanceResources', 'relevant'],
] as const satisfies readonly (readonly [string, AssociatedProvenance])[];

/** PR-60 to PR-65. If nothing that it names is known, the default of the export holds (PR-67). */
export function readAssociatedData(
  given: KickOffParameters,
  lenience: LenientHandling,
): AssociatedProvenance | undefined {
  const names = given.listOf('includeAssociatedData');
  const unknown = names.find((name) => !VALUES.some(([known]) => known === name));
  if (unknown !== undefined) {
    const accepted = VALUES.map(([name]) => name).join(', ');
    const diagnostics = `includeAssociatedData is ${quoted(unknown)}, which is not supported. Accepted are ${accepted}.`;
    lenience.refuseOrIgnore(
      invalidParameter('includeAssociatedData', diagnostics, 'not-supported'),
    );
  }
  return VALUES.filter(([name]) => names.includes(name)).at(-1)?.[1];
}
