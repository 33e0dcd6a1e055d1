import { randomUUID } from 'node:crypto';

import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';

import type { OutcomeIssue } from '@app/fhir';

import { Clock } from '../../common';
import type { ClaimedPart, FileEncoding, FileSection } from './job-record';
import { JOB_EVENTS, OPEN_PART_STATES, PART_EVENTS, sqlStates } from './job-states';
import { nextPage } from './next-page';

/** A file that an attempt has written and published. */
export interface WrittenFile {
  readonly section: FileSection;
  readonly type: string;
  readonly storageKey: string;
  readonly resources: number;
  /** Of the NDJSON, as is `sha256`. */
  readonly bytes: number;
  readonly sha256: Buffer | undefined;
  readonly encoding: FileEncoding;
  readonly storedBytes: number;
  readonly storedSha256: Buffer | undefined;
}

/** How an attempt at a part ended for good. */
export type PartResult =
  | {
      readonly state: 'completed';
      readonly files: readonly WrittenFile[];
      /** What had to be left out. */
      readonly failure: OutcomeIssue | undefined;
    }
  | { readonly state: 'failed'; readonly failure: OutcomeIssue };

/** What a commit did besides. */
export interface Committed {
  /** It was the job's last part: the job has ended, and there is room for another. */
  readonly jobEnded: boolean;
}

/**
 * Keeps parts that were claimed and commits their results. Every change names the fencing number of
 * the claim and expects a state; zero rows changed means that somebody else has taken over, or that the job is gone.
 */
@Injectable()
export class PartRecords {
  constructor(
    private readonly dataSource: DataSource,
    private readonly clock: Clock,
  ) {}

  /** Prolongs the lease and notes the bytes so far. @returns false when the part is no longer ours */
  async heartbeat(part: ClaimedPart, lease: number, writtenBytes: number): Promise<boolean> {
    const [, changed] = await this.dataSource.query<[unknown, number]>(
      `update export.part p
       set lease_until = now() + make_interval(secs => $3), written_bytes = $4
       from export.job j
       where p.id = $1 and p.fence = $2 and p.state in ${sqlStates(PART_EVENTS.heartbeat.from)}
         and j.id = p.job_id and j.state = '${JOB_EVENTS.plan.to}'`,
      [part.id, part.fence, lease, writtenBytes],
    );
    return changed > 0;
  }

  /**
   * A position in the primary's WAL after everything that the job's parts read: what was planned, and
   * whatever was written up to `transactionTime`. The same for all parts of a job, so that a replica that
   * lags steadily is waited for once.
   */
  async replicaPosition({ jobId }: ClaimedPart): Promise<string> {
    const [known] = await this.dataSource.query<{ position: string | null }[]>(
      'select replica_position::text as position from export.job where id = $1',
      [jobId],
    );
    if (known?.position) return known.position;
    const [[taken]] = await this.dataSource.query<[{ position: string }[], number]>(
      `update export.job set replica_position = coalesce(replica_position, pg_current_wal_insert_lsn())
       where id = $1 returning replica_position::text as position`,
      [jobId],
    );
    if (!taken) throw new Error('The export is gone.');
    return taken.position;
  }

  /** Hands the part back, to be tried again `delay` seconds from now. */
  async giveBack(part: ClaimedPart, delay: number, countsAsAttempt: boolean): Promise<void> {
    await this.dataSource.query(
      `update export.part
       set state = '${PART_EVENTS.giveBack.to}', lease_until = null, written_bytes = 0,
           attempts = attempts - $4, not_before = now() + make_interval(secs => $3)
       where id = $1 and fence = $2 and state in ${sqlStates(PART_EVENTS.giveBack.from)}`,
      [part.id, part.fence, delay, countsAsAttempt ? 0 : 1],
    );
  }

  /**
   * Commits a result with its files in one transaction, and completes the job when this was its last
   * part.
   *
   * @param retention seconds that the files stay available after completion
   * @returns undefined when the part had been overtaken or the job is gone: nothing has changed, and
   *   the attempt's files belong to nobody
   */
  commit(part: ClaimedPart, result: PartResult, retention: number): Promise<Committed | undefined> {
    return this.dataSource.transaction(async (manager) => {
      // The job's row is the lock that puts commits of its parts in a row: file numbers and the
      // question "was this the last part?" depend on it.
      const [job] = await manager.query<unknown[]>(
        `select from export.job where id = $1 and state = '${JOB_EVENTS.plan.to}' for no key update`,
        [part.jobId],
      );
      if (!job || !(await this.finishPart(manager, part, result))) return undefined;
      for (const file of filesOf(result)) await this.insertFile(manager, part, file);
      return { jobEnded: await this.finishJob(manager, part.jobId, retention) };
    });
  }

  private async finishPart(
    manager: EntityManager,
    part: ClaimedPart,
    result: PartResult,
  ): Promise<boolean> {
    const files = filesOf(result);
    const { from, to } = result.state === 'completed' ? PART_EVENTS.commit : PART_EVENTS.fail;
    const [, changed] = await manager.query<[unknown, number]>(
      `update export.part
       set state = '${to}', lease_until = null, finished_at = $3, resources = $4, written_bytes = $5, failure = $6
       where id = $1 and fence = $2 and state in ${sqlStates(from)}`,
      [
        part.id,
        part.fence,
        this.clock.now(),
        files.reduce((sum, file) => sum + file.resources, 0),
        files.reduce((sum, file) => sum + file.bytes, 0),
        result.failure === undefined ? null : JSON.stringify(result.failure),
      ],
    );
    return changed > 0;
  }

  private async insertFile(
    manager: EntityManager,
    part: ClaimedPart,
    file: WrittenFile,
  ): Promise<void> {
    await manager.query(
      `insert into export.file
         (id, job_id, part_id, section, type, ordinal, storage_key, resources, bytes, sha256, encoding,
          stored_bytes, stored_sha256, created_at)
       select $1, $2, $3, $4, $5, coalesce(max(f.ordinal), 0) + 1, $6, $7, $8, $9, $10, $11, $12, $13
       from export.file f where f.job_id = $2 and f.section = $4 and f.type = $5`,
      [
        randomUUID(),
        part.jobId,
        part.id,
        file.section,
        file.type,
        file.storageKey,
        file.resources,
        file.bytes,
        file.sha256 ?? null,
        file.encoding,
        file.storedBytes,
        file.storedSha256 ?? null,
        this.clock.now(),
      ],
    );
  }

  /** A job fails only when nothing can be delivered: no part is whole, and no file is there (ST-13). */
  private async finishJob(
    manager: EntityManager,
    jobId: string,
    retention: number,
  ): Promise<boolean> {
    const finishedAt = this.clock.now();
    const { complete, fail } = JOB_EVENTS;
    const [, ended] = await manager.query<[unknown, number]>(
      `update export.job j
       set state = case when parts.deliverable then '${complete.to}' else '${fail.to}' end,
           progress = case when parts.deliverable then 100 else j.progress end,
           failure = case when parts.deliverable then null else parts.failure end,
           finished_at = $2, expires_at = $3
       from (select bool_or(failure is null)
                      or exists (select from export.file where job_id = $1) as deliverable,
                    count(*) filter (where state in ${sqlStates(OPEN_PART_STATES)}) as open,
                    (array_agg(failure) filter (where failure is not null))[1] as failure
             from export.part where job_id = $1) parts
       where j.id = $1 and j.state in ${sqlStates(complete.from)} and parts.open = 0`,
      [jobId, finishedAt, new Date(finishedAt.getTime() + retention * 1000)],
    );
    if (ended > 0) await nextPage(manager, jobId);
    return ended > 0;
  }
}

function filesOf(result: PartResult): readonly WrittenFile[] {
  return result.state === 'completed' ? result.files : [];
}
