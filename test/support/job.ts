import { randomUUID } from 'node:crypto';

import type { ResourceType } from '@app/fhir';

import { ALL_BUCKETS } from '../../src/cohort';
import type { ExportTarget } from '../../src/export-jobs/persistence/export-target';
import type { ExportParameters } from '../../src/export-jobs/persistence/job-parameters';
import { JobRecords } from '../../src/export-jobs/persistence/job-records.service';
import { statusUrl } from '../../src/export-jobs/urls';
import { WorkSignal } from '../../src/export-jobs/worker/work-signal.queue';
import { type ExportScope, ExtractorRegistry } from '../../src/extractors';
import { type Manifest, manifestOf } from './export';
import type { GivenApp } from './given-app';

export interface Asked extends Partial<ExportParameters> {
  readonly target: ExportTarget;
}

/**
 * Starts an export as its record describes it, whatever kick-off makes of parameters. Provenance goes
 * along with all types unless told otherwise.
 *
 * @returns the status URL
 */
export async function startJob(service: GivenApp, asked: Asked): Promise<string> {
  const { target, ...parameters } = asked;
  const id = randomUUID();
  const registry = service.app.get(ExtractorRegistry, { strict: false });
  const types: readonly ResourceType[] = parameters.types ?? registry.defaultTypes();
  const job = {
    id,
    appId: service.client.id,
    target,
    requestUrl: `${service.fhirBase}/$export`,
    parameters: { types, provenanceOf: types, since: undefined, ...parameters },
  };
  const records = service.app.get(JobRecords, { strict: false });
  await service.dataSource.transaction((manager) => records.insert(job, manager));
  await service.app.get(WorkSignal, { strict: false }).signalPlanner();
  return statusUrl(service.fhirBase, id);
}

/** Runs an export to its end. */
export async function runJob(service: GivenApp, asked: Asked): Promise<Manifest> {
  return manifestOf(service, await startJob(service, asked), service.token);
}

/** What all parts of the last export together ask of the extractors. */
export async function scopeOfLast(
  { dataSource }: GivenApp,
  provenanceOf: readonly ResourceType[],
): Promise<ExportScope> {
  const [job] = await dataSource.query<
    [{ id: string; level: ExportScope['level']; transaction_time: Date; cohort_share: number }]
  >(
    'select id, level, transaction_time, cohort_share from export.job order by created_at desc limit 1',
  );
  return {
    cohort: { jobId: job.id, buckets: ALL_BUCKETS },
    plan: { storeShare: job.cohort_share },
    level: job.level,
    transactionTime: job.transaction_time.toISOString(),
    since: undefined,
    provenanceOf,
  };
}
