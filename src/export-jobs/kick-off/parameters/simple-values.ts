import { exportParameter } from '@app/fhir';

import { invalidParameter } from '../../../common';
import type { GivenParameters } from './given-parameters';
import type { Lenience } from './lenience';

const OUTPUT_FORMATS = exportParameter('_outputFormat')?.values ?? [];

/** PR-03, PR-06: there is one format, so that ignoring another gives the same data. */
export function checkOutputFormat(given: GivenParameters, lenience: Lenience): void {
  // A plus that was decoded to a space is forgiven (PR-07).
  const formats = given.of('_outputFormat').map((value) => value.replace(' ', '+'));
  if (formats.every((format) => OUTPUT_FORMATS.includes(format))) return;
  const diagnostics = `_outputFormat has a value that is not supported. Accepted are ${OUTPUT_FORMATS.join(', ')}.`;
  lenience.ignore(invalidParameter('_outputFormat', diagnostics, 'not-supported'));
}

/** PR-90 to PR-92: by default, and where another value is ignored, each file holds one type. */
export function readOrganizeBy(given: GivenParameters, lenience: Lenience): 'Patient' | undefined {
  const value = given.single('organizeOutputBy');
  if (value === undefined || value === 'Patient') return value;
  const diagnostics =
    'organizeOutputBy has a value that is not supported. Accepted is Patient; left out, each file holds one resource type.';
  lenience.ignore(invalidParameter('organizeOutputBy', diagnostics, 'not-supported'));
  return undefined;
}

/** PR-95: ignoring it gives the same files in one manifest (PR-96). */
export function readPartialManifests(given: GivenParameters, lenience: Lenience): boolean {
  const value = given.single('allowPartialManifests');
  if (value === undefined || value === 'true' || value === 'false') return value === 'true';
  const diagnostics = 'allowPartialManifests must be true or false.';
  lenience.ignore(invalidParameter('allowPartialManifests', diagnostics));
  return false;
}
