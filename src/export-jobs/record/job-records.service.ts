import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';

import type { OutcomeIssue } from '@app/fhir';

import { queryUnlogged } from '../../database';
import {
  type ExportParameters,
  type ExportTarget,
  type FileEncoding,
  type FileRecord,
  type FileSection,
  type JobRecord,
  toTarget,
} from './job-record';
import { JOB_EVENTS, type JobState, OPEN_PART_STATES, sqlStates } from './job-states';

export interface NewJob {
  readonly id: string;
  readonly appId: string;
  readonly target: ExportTarget;
  readonly requestUrl: string;
  readonly parameters: ExportParameters;
  /** Undefined: nothing makes another kick-off the same as this. */
  readonly idempotency?: { readonly key: string; readonly requestHash: Buffer } | undefined;
}

interface JobRow {
  readonly id: string;
  readonly app_id: string;
  readonly level: string;
  readonly group_id: string | null;
  readonly request_url: string;
  readonly parameters: ExportParameters;
  readonly state: JobState;
  readonly fence: string;
  readonly attempts: number;
  readonly transaction_time: Date | null;
  readonly progress: number;
  readonly pages: number;
  readonly failure: OutcomeIssue | null;
  readonly age: number;
  readonly until_poll: number | null;
  readonly until_end: number | null;
  readonly expires: Date | null;
}

/** Reads and changes the records of jobs and files, as the HTTP side needs it. */
@Injectable()
export class JobRecords {
  constructor(private readonly dataSource: DataSource) {}

  async insert(job: NewJob, manager: EntityManager): Promise<void> {
    await queryUnlogged(
      manager,
      `insert into export.job
         (id, app_id, level, group_id, request_url, parameters, created_at, idempotency_key, request_hash)
       values ($1, $2, $3, $4, $5, $6, service.timer(), $7, $8)`,
      [
        job.id,
        job.appId,
        job.target.level,
        job.target.level === 'group' ? job.target.groupId : null,
        job.requestUrl,
        JSON.stringify(job.parameters),
        job.idempotency?.key ?? null,
        job.idempotency?.requestHash ?? null,
      ],
    );
  }

  /** A job of an app; undefined for unknown ids and for jobs of others alike (SEC-05). */
  async find(id: string, appId: string): Promise<JobRecord | undefined> {
    const [row] = await this.dataSource.query<JobRow[]>(FIND, [id, appId]);
    return row && toRecord(row);
  }

  /**
   * Progress in percent: bytes written over bytes estimated, below 100 until the job is complete,
   * and never less than was said before, also when the job ends just now.
   */
  async raiseProgress({ id, progress }: JobRecord): Promise<number> {
    const [rows] = await this.dataSource.query<[{ progress: number }[], number]>(
      `update export.job j
       set progress = greatest(j.progress, coalesce((
         select floor(99 * sum(case when p.state in ${sqlStates(OPEN_PART_STATES)}
                                    then least(p.written_bytes, p.estimated_bytes * 0.98)
                                    else p.estimated_bytes end)
                      / sum(p.estimated_bytes))
         from export.part p where p.job_id = j.id), 0))
       where j.id = $1 and j.state = '${JOB_EVENTS.plan.to}'
       returning j.progress`,
      [id],
    );
    return rows[0]?.progress ?? progress;
  }

  /** Announces in how many seconds the next poll is welcome. */
  async announcePoll(id: string, seconds: number): Promise<void> {
    await this.dataSource.query(
      `update export.job set next_poll_at = service.timer() + make_interval(secs => $2) where id = $1`,
      [id, seconds],
    );
  }

  /** Cancels or deletes. @returns false when the job was gone already */
  async cancel(id: string, manager: EntityManager): Promise<boolean> {
    const [, changed] = await manager.query<[unknown, number]>(
      `update export.job
       set state = '${JOB_EVENTS.cancel.to}', progress = least(progress, 99), finished_at = service.timer(),
           lease_until = null, swept_at = null
       where id = $1 and state in ${sqlStates(JOB_EVENTS.cancel.from)}`,
      [id],
    );
    return changed > 0;
  }

  /** Those of the jobs that are there, and were not deleted. */
  async kept(jobIds: readonly string[]): Promise<ReadonlySet<string>> {
    const rows = await this.dataSource.query<{ id: string }[]>(
      `select id from export.job where id = any($1::uuid[]) and state <> '${JOB_EVENTS.cancel.to}'`,
      [jobIds],
    );
    return new Set(rows.map(({ id }) => id));
  }

  /** The files of a job, or those on one page, in the order of the manifest. */
  async files(jobId: string, page?: number): Promise<readonly FileRecord[]> {
    const rows = await this.dataSource.query<FileRow[]>(
      `select * from export.file where job_id = $1 and ($2::int is null or page = $2)
       order by section, type, ordinal`,
      [jobId, page ?? null],
    );
    return rows.map(toFile);
  }

  /** What could not be exported, in a fixed order. */
  async failures(jobId: string): Promise<readonly OutcomeIssue[]> {
    const rows = await this.dataSource.query<{ readonly failure: OutcomeIssue }[]>(
      `select failure from export.part
       where job_id = $1 and failure is not null order by type, slot_from`,
      [jobId],
    );
    return rows.map((row) => row.failure);
  }

  /** One file that a manifest lists, or undefined when the job has no such file. */
  async file(
    jobId: string,
    section: FileSection,
    type: string,
    ordinal: number,
  ): Promise<FileRecord | undefined> {
    const [row] = await this.dataSource.query<FileRow[]>(
      `select f.* from export.file f join export.job j on j.id = f.job_id
       where f.job_id = $1 and f.section = $2 and f.type = $3 and f.ordinal = $4
         and (f.page is not null or j.state = '${JOB_EVENTS.complete.to}')`,
      [jobId, section, type, ordinal],
    );
    return row && toFile(row);
  }
}

/**
 * `expires` is a time of day, for clients; whether it has come is decided by the timer. The timer is read
 * once: volatile functions are not merged.
 */
const FIND = `
  select j.*, extract(epoch from t.timer - j.created_at)::float8 as age,
         extract(epoch from j.next_poll_at - t.timer)::float8 as until_poll,
         extract(epoch from j.expires_at - t.timer)::float8 as until_end,
         c.time + (j.expires_at - c.timer) as expires
  from export.job j cross join service.clock c cross join (select service.timer() as timer) t
  where j.id = $1 and j.app_id = $2`;

interface FileRow {
  readonly section: FileSection;
  readonly type: string;
  readonly ordinal: number;
  readonly storage_key: string;
  readonly resources: string;
  readonly bytes: string;
  readonly sha256: Buffer | null;
  readonly encoding: FileEncoding;
  readonly stored_bytes: string;
  readonly stored_sha256: Buffer | null;
  readonly encrypted: boolean | null;
}

function toFile(row: FileRow): FileRecord {
  return {
    section: row.section,
    type: row.type,
    ordinal: row.ordinal,
    storageKey: row.storage_key,
    resources: Number(row.resources),
    bytes: Number(row.bytes),
    sha256: row.sha256 ?? undefined,
    encoding: row.encoding,
    storedBytes: Number(row.stored_bytes),
    storedSha256: row.stored_sha256 ?? undefined,
    encrypted: row.encrypted ?? undefined,
  };
}

function toRecord(row: JobRow): JobRecord {
  return {
    id: row.id,
    appId: row.app_id,
    target: toTarget(row),
    requestUrl: row.request_url,
    parameters: row.parameters,
    state: row.state,
    fence: row.fence,
    attempts: row.attempts,
    transactionTime: row.transaction_time?.toISOString(),
    progress: row.progress,
    pages: row.pages,
    untilPoll: row.until_poll ?? 0,
    failure: row.failure ?? undefined,
    age: row.age,
    untilEnd: row.until_end ?? undefined,
    expires: row.expires ?? undefined,
  };
}
