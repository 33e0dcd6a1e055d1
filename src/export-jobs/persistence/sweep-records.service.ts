import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import type { Repository } from 'typeorm';

import { forgetCohort, forgetRecorded } from '../../cohort';
import { lockForTransaction } from './advisory-locks';
import { FileRow } from './file.entity';
import { JOB_EVENTS, type PartState } from './job-states';
import { JobRow } from './job.entity';
import { NOTE_SWEEP, PARTS, RETRIED, UNRECORD, WITHOUT_FILES } from './sweep-records.sql';
import { transitionAll } from './transition';

const BATCH = 20;

/** A job that has ended, and whose storage is to be gone over. */
export type EndedJob = Pick<JobRow, 'id' | 'state'>;

/** A part as the sweeper sees it. */
export interface SweptPart {
  readonly id: string;
  readonly fence: number;
  readonly state: PartState;
  readonly files: readonly string[];
}

/** The records as the sweeper needs them. Every step may run twice. */
@Injectable()
export class SweepRecords {
  constructor(@InjectRepository(JobRow) private readonly jobs: Repository<JobRow>) {}

  /** Withdraws the exports whose time is over. @returns how many */
  expire(): Promise<number> {
    return transitionAll(this.jobs.manager, JOB_EVENTS.expire, { sweptAt: null });
  }

  /** Jobs that ended at least `seconds` ago and were not swept since. */
  ended(seconds: number): Promise<EndedJob[]> {
    return this.jobs
      .createQueryBuilder('job')
      .select(['job.id', 'job.state'])
      .where('job.sweptAt is null and job.finishedAt is not null')
      .andWhere('job.finishedAt <= (select service.timer()) - make_interval(secs => :seconds)')
      .setParameters({ seconds })
      .orderBy('job.finishedAt')
      .limit(BATCH)
      .getMany();
  }

  /** Running jobs with parts that were tried more than once: dead workers may have left files. */
  async retriedJobs(): Promise<readonly string[]> {
    const rows = await this.jobs.query<{ id: string }[]>(RETRIED);
    return rows.map(({ id }) => id);
  }

  /** All parts with their files, as of one instant. */
  parts(jobId: string): Promise<SweptPart[]> {
    return this.jobs.query<SweptPart[]>(PARTS, [jobId]);
  }

  /** Those of the ids that are no job's, or that of one whose files were all removed. */
  async withoutFiles(ids: readonly string[]): Promise<readonly string[]> {
    const rows = await this.jobs.query<{ id: string }[]>(WITHOUT_FILES, [ids]);
    return rows.map(({ id }) => id);
  }

  /**
   * The job's own row stays, as the record that it was, with its parts; its cohort goes, unless parts of it
   * have failed that can be done again.
   */
  async forget({ id, state }: EndedJob): Promise<void> {
    await this.jobs.manager.transaction(async (manager) => {
      const [rows] = await manager.query<[{ kept: boolean }[], number]>(NOTE_SWEEP, [id, state]);
      const [job] = rows;
      // It has gone on, or was withdrawn, since the sweeper looked.
      if (!job) return;
      if (!job.kept) await forgetCohort(manager, id);
      if (state !== 'completed') await manager.delete(FileRow, { jobId: id });
    });
  }

  /** Forgets whose data the exports held that ended more than `days` ago. @returns how many of them */
  async forgetRecorded(days: number): Promise<number> {
    return this.jobs.manager.transaction(async (manager) => {
      await lockForTransaction(manager, 'numbers');
      const [rows] = await manager.query<[{ id: string }[], number]>(UNRECORD, [days]);
      if (rows.length > 0) {
        await forgetRecorded(
          manager,
          rows.map(({ id }) => id),
        );
      }
      return rows.length;
    });
  }
}
