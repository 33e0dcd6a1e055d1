import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { type EntityManager, In, Not, type Repository } from 'typeorm';

import type { AppLimits } from '../../auth';
import { IS_OVER } from './expiry';
import { COUNT_ACTIVE, PROGRESS } from './job-queue.sql';
import { GONE_JOB_STATES } from './job-states';
import { JobRow } from './job.entity';

/** How far a running job is. */
export interface RunningJob {
  /** Seconds since its parts began. */
  readonly age: number;
  /** In percent. */
  readonly progress: number;
}

/** The jobs that have not ended. */
export interface ActiveJobs {
  readonly ofApp: number;
  readonly inAll: number;
  /** The app's own. */
  readonly limits: AppLimits;
}

interface ActiveRow {
  readonly of_app: number;
  readonly in_all: number;
  readonly running: number | null;
  readonly queued: number | null;
}

/** Reads the jobs as the queue that they are: how many there are, and which one a key belongs to. */
@Injectable()
export class JobQueue {
  constructor(@InjectRepository(JobRow) private readonly jobs: Repository<JobRow>) {}

  /** Counts the jobs that have not ended. */
  async active(appId: string, manager: EntityManager): Promise<ActiveJobs> {
    const [row] = await manager.query<ActiveRow[]>(COUNT_ACTIVE, [appId]);
    const { of_app: ofApp = 0, in_all: inAll = 0, running, queued } = row ?? {};
    return { ofApp, inAll, limits: { running: running ?? undefined, queued: queued ?? undefined } };
  }

  /** The job that an app has started with an Idempotency-Key, as long as it exists. */
  async findByKey(
    appId: string,
    key: string,
    manager: EntityManager,
  ): Promise<{ readonly id: string; readonly requestHash: Buffer } | undefined> {
    const job = await manager.findOne(JobRow, {
      select: { id: true, requestHash: true },
      where: { appId, idempotencyKey: key, state: Not(In(GONE_JOB_STATES)) },
    });
    return job?.requestHash && { id: job.id, requestHash: job.requestHash };
  }

  /** A job whose time is over is gone for clients, though the sweeper may not have come yet. */
  async releaseExpiredKey(appId: string, key: string, manager: EntityManager): Promise<void> {
    const update = manager
      .createQueryBuilder()
      .update(JobRow)
      .set({ idempotencyKey: () => 'null' });
    await update.where({ appId, idempotencyKey: key }).andWhere(IS_OVER).execute();
  }

  /** How far the running jobs are, of one app or of all. */
  async progress(appId: string | undefined): Promise<readonly RunningJob[]> {
    return this.jobs.query<RunningJob[]>(PROGRESS, [appId ?? null]);
  }
}
