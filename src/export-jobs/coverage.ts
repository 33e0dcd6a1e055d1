import type { ResourceType } from '@app/fhir';

import { adviceOn, type AppPrincipal, covers } from '../auth';
import { type FhirError, forbidden } from '../common';
import type { JobRecord } from './persistence/job-record';

/**
 * SEC-04: whoever asks for an export, or a file of it, needs a token that covers what is in there, and
 * of each type as many rows as the export's own token did.
 *
 * @param types what is asked for of the job's types
 * @throws FhirError 403
 */
export function requireCoverage(
  types: readonly ResourceType[],
  { parameters: { scopeFilters } }: Pick<JobRecord, 'parameters'>,
  app: AppPrincipal,
): void {
  const missing = types.filter((type) => !covers(app, type, scopeFilters?.[type]));
  if (missing.length > 0) throw notCovered(missing, app);
}

function notCovered(missing: readonly ResourceType[], app: AppPrincipal): FhirError {
  return forbidden(
    `The token does not cover ${missing.join(', ')} as widely as the one that the export was started with. ${adviceOn(missing, app)}`,
  );
}
