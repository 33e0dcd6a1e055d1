import { isFhirId, parseReference } from '@app/fhir';

import { type FhirError, invalidParameter } from '../../../common';
import type { ExportTarget } from '../../persistence/export-target';
import type { KickOffParameters } from './kick-off-parameters';

/**
 * The ids of the patients that the export is to be narrowed to (PR-50, PR-55). Faults are refused
 * whatever the client prefers (PR-54), in words without ids: they end up in logs of clients.
 *
 * @param base of this server
 */
export function readPatients(
  given: KickOffParameters,
  level: ExportTarget['level'],
  base: string,
): readonly string[] | undefined {
  const references = given.of('patient');
  if (references.length === 0) return undefined;
  if (level === 'system') throw notAtSystemLevel();
  return [...new Set(references.map((reference) => readPatient(reference, base)))];
}

function readPatient(reference: string, base: string): string {
  const found = parseReference(reference, [base]);
  const id = found?.type === 'Patient' && isFhirId(found.id) ? found.id : undefined;
  if (id !== undefined && reference.endsWith(`Patient/${id}`)) return id;
  throw invalidParameter(
    'patient',
    'patient must be a Reference to a patient of this server, such as {"reference":"Patient/123"}, without a version.',
  );
}

/** PR-52. */
function notAtSystemLevel(): FhirError {
  return invalidParameter(
    'patient',
    'An export of the whole system cannot be narrowed to patients. Use Patient/$export or Group/[id]/$export.',
    'not-supported',
  );
}
