import { exportParameter, quoted } from '@app/fhir';

import { invalidParameter, typeInR4 } from '../../../common';
import type { KickOffParameters } from './kick-off-parameters';
import type { LenientHandling } from './lenient-handling';

const OUTPUT_FORMATS = exportParameter('_outputFormat')?.values ?? [];

/** PR-03, PR-06, PR-07: there is one format, so that ignoring another gives the same data. */
export function checkOutputFormat(given: KickOffParameters, lenience: LenientHandling): void {
  const strange = given
    .of('_outputFormat')
    .find((value) => !OUTPUT_FORMATS.includes(typeInR4(value) ?? ''));
  if (strange === undefined) return;
  const diagnostics = `_outputFormat is ${quoted(strange)}, which is not supported. Accepted are ${OUTPUT_FORMATS.join(', ')}; files are R4, in UTF-8.`;
  lenience.refuseOrIgnore(invalidParameter('_outputFormat', diagnostics, 'not-supported'));
}

/** PR-90 to PR-92: by default, and where another value is ignored, each file holds one type. */
export function readOrganizeBy(
  given: KickOffParameters,
  lenience: LenientHandling,
): 'Patient' | undefined {
  const value = given.single('organizeOutputBy');
  if (value === undefined || value === 'Patient') return value;
  const diagnostics = `organizeOutputBy is ${quoted(value)}, which is not supported. Accepted is Patient; left out, each file holds one resource type.`;
  lenience.refuseOrIgnore(invalidParameter('organizeOutputBy', diagnostics, 'not-supported'));
  return undefined;
}

/** PR-95: ignoring it gives the same files in one manifest (PR-96). */
export function readPartialManifests(given: KickOffParameters, lenience: LenientHandling): boolean {
  const value = given.single('allowPartialManifests');
  if (value === undefined || value === 'true' || value === 'false') return value === 'true';
  const diagnostics = `allowPartialManifests is ${quoted(value)}; it must be true or false.`;
  lenience.refuseOrIgnore(invalidParameter('allowPartialManifests', diagnostics));
  return false;
}

/** Alone, as in `?_dry-run`, it counts as true. Never ignored: whoever asks for it does not want an export. */
export function readDryRun(given: KickOffParameters): boolean {
  const value = given.single('_dry-run');
  if (value === undefined || value === 'false') return false;
  if (value === '' || value === 'true') return true;
  const diagnostics = `_dry-run is ${quoted(value)}; it must be true or false, or stand alone.`;
  throw invalidParameter('_dry-run', diagnostics);
}
