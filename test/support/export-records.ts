import { randomUUID } from 'node:crypto';

import type { DataSource } from 'typeorm';

/** A job that is written to the records as if it had been planned. */
export interface PlannedJob {
  readonly appId: string;
  /** Estimated bytes of each part. */
  readonly parts: readonly number[];
}

/** Writes a running job with pending parts, without kick-off or planner. @returns its id */
export async function insertPlannedJob(
  dataSource: DataSource,
  { appId, parts }: PlannedJob,
): Promise<string> {
  const id = randomUUID();
  await dataSource.query(
    `insert into export.job (id, app_id, level, request_url, parameters, state, transaction_time, created_at, planned_at)
     values ($1, $2, 'patient', 'http://test', '{"types":["Patient"],"provenanceOf":[]}', 'running', now(), now(), now())`,
    [id, appId],
  );
  await dataSource.query(
    `insert into export.part (id, job_id, kind, type, slot_from, slot_to, estimated_bytes, not_before, turn_at)
     select gen_random_uuid(), $1, 'resources', 'Patient', n, n, bytes, service.timer(), service.timer()
     from unnest($2::bigint[]) with ordinality as p (bytes, n)`,
    [id, parts],
  );
  return id;
}
