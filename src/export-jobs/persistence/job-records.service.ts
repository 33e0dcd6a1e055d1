import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { type EntityManager, In, IsNull, Not, type Repository } from 'typeorm';

import type { OutcomeIssue } from '@app/fhir';

import { queryUnlogged } from '../../database';
import { NOW } from './changes';
import { type ExportTarget, toTarget } from './export-target';
import { type FileRecord, FileRow, type FileSection } from './file.entity';
import type { ExportParameters } from './job-parameters';
import type { JobRecord, JobTimes } from './job-record';
import { RAISE_PROGRESS } from './job-records.sql';
import { JOB_EVENTS } from './job-states';
import { JobRow } from './job.entity';
import { PartRow } from './part.entity';
import { differences, type Reconciled, reconciled } from './reconciliation';
import { transition } from './transition';

export interface NewJob {
  readonly id: string;
  readonly appId: string;
  readonly target: ExportTarget;
  readonly requestUrl: string;
  readonly parameters: ExportParameters;
  /** Of the kick-off. */
  readonly requestId?: string | undefined;
  /** Undefined: nothing makes another kick-off the same as this. */
  readonly idempotency?: { readonly key: string; readonly requestHash: Buffer } | undefined;
}

/** Reads and changes the records of jobs and files, as the HTTP side needs it. */
@Injectable()
export class JobRecords {
  constructor(
    @InjectRepository(JobRow) private readonly jobs: Repository<JobRow>,
    @InjectRepository(PartRow) private readonly parts: Repository<PartRow>,
    @InjectRepository(FileRow) private readonly allFiles: Repository<FileRow>,
  ) {}

  /** Its parameters may name patients: they must not be in PostgreSQL's log. */
  async insert(job: NewJob, manager: EntityManager): Promise<void> {
    const { id, appId, target, requestUrl, parameters, requestId, idempotency } = job;
    const insert = manager.createQueryBuilder().insert().into(JobRow);
    const [sql, values] = insert
      .values({
        ...{ id, appId, requestUrl, parameters, requestId },
        level: target.level,
        groupId: target.level === 'group' ? target.groupId : undefined,
        createdAt: () => 'service.timer()',
        idempotencyKey: idempotency?.key,
        requestHash: idempotency?.requestHash,
      })
      .getQueryAndParameters();
    await queryUnlogged(manager, sql, values as readonly unknown[]);
  }

  /** A job of an app; undefined for unknown ids and for jobs of others alike (SEC-05). */
  async find(id: string, appId: string): Promise<JobRecord | undefined> {
    const found = await this.jobs
      .createQueryBuilder('job')
      // The timer is read once: volatile functions are not merged.
      .innerJoin('(select *, service.timer() as now from service.clock)', 'clock', 'true')
      .addSelect('extract(epoch from clock.now - job.created_at)::float8', 'age')
      .addSelect('coalesce(extract(epoch from job.next_poll_at - clock.now), 0)::float8', 'poll')
      .addSelect('extract(epoch from job.expires_at - clock.now)::float8', 'end')
      // A time of day, for clients; whether it has come is decided by the timer.
      .addSelect('clock.time + (job.expires_at - clock.timer)', 'expires')
      .where({ id, appId })
      .getRawAndEntities<RawTimes>();
    const [[job], [times]] = [found.entities, found.raw];
    return job && times && Object.assign(job, toTimes(times), { target: toTarget(job) });
  }

  /**
   * Progress in percent: bytes written over bytes estimated, below 100 until the job is complete,
   * and never less than was said before, also when the job ends just now.
   */
  async raiseProgress({ id, progress }: JobRecord): Promise<number> {
    const [rows] = await this.jobs.query<[{ progress: number }[], number]>(RAISE_PROGRESS, [id]);
    return rows[0]?.progress ?? progress;
  }

  /** Announces in how many seconds the next poll is welcome. */
  async announcePoll(id: string, seconds: number): Promise<void> {
    const nextPollAt = (): string => 'service.timer() + make_interval(secs => :seconds)';
    const update = this.jobs.createQueryBuilder().update().set({ nextPollAt }).where({ id });
    await update.setParameters({ seconds }).execute();
  }

  /** Cancels or deletes. @returns false when the job was gone already */
  cancel(id: string, manager: EntityManager): Promise<boolean> {
    return transition(
      manager,
      JOB_EVENTS.cancel,
      { id },
      {
        progress: () => 'least(progress, 99)',
        finishedAt: NOW,
        leaseUntil: null,
        sweptAt: null,
      },
    );
  }

  /** Those of the jobs that are there, and were not deleted. */
  async kept(jobIds: readonly string[]): Promise<ReadonlySet<string>> {
    const where = { id: In(jobIds), state: Not('cancelled' as const) };
    const jobs = await this.jobs.find({ select: { id: true }, where });
    return new Set(jobs.map(({ id }) => id));
  }

  /** The files of a job, or those on one page, in the order of the manifest. */
  files(jobId: string, page?: number): Promise<readonly FileRecord[]> {
    return this.allFiles.find({
      where: { jobId, ...(page !== undefined && { page }) },
      order: { section: 'ASC', type: 'ASC', ordinal: 'ASC' },
    });
  }

  /** Of an export that has ended: by type, what it must hold and what became of it. */
  counts(jobId: string): Promise<ReadonlyMap<string, Reconciled>> {
    return reconciled(this.jobs.manager, jobId);
  }

  /** What could not be exported, in a fixed order; then what is missing without a reason that is known. */
  async failures(jobId: string): Promise<readonly OutcomeIssue[]> {
    const parts = await this.parts.find({
      select: { id: true, failure: true },
      where: { jobId, failure: Not(IsNull()) },
      order: { type: 'ASC', slotFrom: 'ASC' },
    });
    const told = parts.flatMap(({ failure }) => failure ?? []);
    return [...told, ...differences(await this.counts(jobId))];
  }

  /** One file that a manifest lists, or undefined when the job has no such file. */
  async file(
    jobId: string,
    section: FileSection,
    type: string,
    ordinal: number,
  ): Promise<FileRecord | undefined> {
    const file = await this.allFiles
      .createQueryBuilder('file')
      .innerJoin(JobRow, 'job', 'job.id = file.jobId')
      .where({ jobId, section, type, ordinal })
      .andWhere(`(file.page is not null or job.state = 'completed' or job.retries > 0)`)
      .getOne();
    return file ?? undefined;
  }
}

interface RawTimes {
  readonly age: number;
  readonly poll: number;
  readonly end: number | null;
  readonly expires: Date | null;
}

function toTimes({ age, poll, end, expires }: RawTimes): JobTimes {
  return { age, untilPoll: poll, untilEnd: end ?? undefined, expires: expires ?? undefined };
}
