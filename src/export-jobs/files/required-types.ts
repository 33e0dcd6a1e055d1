import { isResourceType, type ResourceType } from '@app/fhir';

import type { AppPrincipal } from '../../auth';
import { requireCoverage } from '../coverage';
import type { JobRecord } from '../persistence/job-record';
import type { ParsedFileName } from '../urls';

/**
 * The token must cover what a file holds (SEC-04, FR-05): the type of an output file; every type of the
 * export where a file holds all of them, as those of deletions and of blocks do. Error files hold no data, but
 * may name a resource.
 *
 * @param named types of resources that an error file names
 * @throws FhirError 403
 */
export function requireCovered(
  { section, type }: ParsedFileName,
  job: Pick<JobRecord, 'parameters'>,
  app: AppPrincipal,
  named: readonly ResourceType[] = [],
): void {
  if (section === 'error') {
    requireCoverage(named, job, app);
    return;
  }
  const single = section === 'output' && job.parameters.organizeBy === undefined;
  const { types, provenanceOf } = job.parameters;
  const held = single && isResourceType(type) ? [type] : types;
  // Provenance tells of the resources that it is about.
  requireCoverage(type === 'Provenance' ? [...held, ...provenanceOf] : held, job, app);
}
