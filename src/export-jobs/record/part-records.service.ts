import { randomUUID } from 'node:crypto';

import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager, type QueryRunner } from 'typeorm';

import type { OutcomeIssue } from '@app/fhir';

import type { FileRecord } from './file.entity';
import type { ClaimedPart } from './job-record';
import { JOB_EVENTS, OPEN_PART_STATES, PART_EVENTS, sqlStates } from './job-states';
import { nextPage } from './next-page';
import { type Prepared, runPrepared } from './prepared';

/** A file that an attempt has written and published. */
export type WrittenFile = Omit<FileRecord, 'ordinal' | 'encrypted'> & {
  readonly encrypted: boolean;
};

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
  constructor(private readonly dataSource: DataSource) {}

  /** Prolongs the lease and notes the bytes so far. @returns false when the part is no longer ours */
  async heartbeat(part: ClaimedPart, lease: number, writtenBytes: number): Promise<boolean> {
    const [, changed] = await this.dataSource.query<[unknown, number]>(
      `update export.part p
       set lease_until = service.timer() + make_interval(secs => $3), written_bytes = $4
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
           attempts = attempts - $4, not_before = service.timer() + make_interval(secs => $3)
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
      const runner = runnerOf(manager);
      // The job's row is the lock that puts commits of its parts in a row: file numbers and the
      // question "was this the last part?" depend on it.
      const { count: running } = await runPrepared(runner, LOCK_JOB, [part.jobId]);
      if (running === 0 || !(await this.finishPart(runner, part, result))) return undefined;
      for (const file of filesOf(result)) await this.insertFile(runner, part, file);
      const jobEnded = await this.finishJob(runner, part.jobId, retention);
      if (jobEnded) await nextPage(manager, part.jobId);
      return { jobEnded };
    });
  }

  private async finishPart(
    runner: QueryRunner,
    part: ClaimedPart,
    result: PartResult,
  ): Promise<boolean> {
    const files = filesOf(result);
    const { count } = await runPrepared(runner, FINISH_PART[result.state], [
      part.id,
      part.fence,
      files.reduce((sum, file) => sum + file.resources, 0),
      files.reduce((sum, file) => sum + file.bytes, 0),
      result.failure === undefined ? null : JSON.stringify(result.failure),
    ]);
    return count > 0;
  }

  private async insertFile(
    runner: QueryRunner,
    part: ClaimedPart,
    file: WrittenFile,
  ): Promise<void> {
    await runPrepared(runner, INSERT_FILE, [
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
      file.encrypted,
    ]);
  }

  private async finishJob(runner: QueryRunner, jobId: string, retention: number): Promise<boolean> {
    const { count } = await runPrepared(runner, FINISH_JOB, [jobId, retention]);
    return count > 0;
  }
}

const LOCK_JOB: Prepared = {
  name: 'lock-running-job',
  text: `select from export.job where id = $1 and state = '${JOB_EVENTS.plan.to}' for no key update`,
};

const FINISH_PART: Readonly<Record<PartResult['state'], Prepared>> = {
  completed: finishPart('complete-part', PART_EVENTS.commit),
  failed: finishPart('fail-part', PART_EVENTS.fail),
};

function finishPart(
  name: string,
  { from, to }: typeof PART_EVENTS.commit | typeof PART_EVENTS.fail,
): Prepared {
  return {
    name,
    text: `
      update export.part
      set state = '${to}', lease_until = null, finished_at = service.timer(),
          resources = $3, written_bytes = $4, failure = $5
      where id = $1 and fence = $2 and state in ${sqlStates(from)}`,
  };
}

const INSERT_FILE: Prepared = {
  name: 'insert-file',
  text: `
    insert into export.file
      (id, job_id, part_id, section, type, ordinal, storage_key, resources, bytes, sha256, encoding,
       stored_bytes, stored_sha256, encrypted, created_at)
    select $1, $2, $3, $4, $5, coalesce(max(f.ordinal), 0) + 1, $6, $7, $8, $9, $10, $11, $12, $13, service.timer()
    from export.file f where f.job_id = $2 and f.section = $4 and f.type = $5`,
};

/** A job fails only when nothing can be delivered: no part is whole, and no file is there (ST-13). */
const FINISH_JOB: Prepared = {
  name: 'finish-job',
  text: `
    update export.job j
    set state = case when parts.deliverable then '${JOB_EVENTS.complete.to}' else '${JOB_EVENTS.fail.to}' end,
        progress = case when parts.deliverable then 100 else j.progress end,
        failure = case when parts.deliverable then null else parts.failure end,
        finished_at = clock.timer, expires_at = clock.timer + make_interval(secs => $2)
    from (select service.timer() as timer) clock, (select bool_or(failure is null)
                   or exists (select from export.file where job_id = $1) as deliverable,
                 count(*) filter (where state in ${sqlStates(OPEN_PART_STATES)}) as open,
                 (array_agg(failure) filter (where failure is not null))[1] as failure
          from export.part where job_id = $1) parts
    where j.id = $1 and j.state in ${sqlStates(JOB_EVENTS.complete.from)} and parts.open = 0`,
};

function runnerOf({ queryRunner }: EntityManager): QueryRunner {
  if (!queryRunner) throw new Error('A transaction has a connection.');
  return queryRunner;
}

function filesOf(result: PartResult): readonly WrittenFile[] {
  return result.state === 'completed' ? result.files : [];
}
