import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import type { Repository } from 'typeorm';

import type { OutcomeIssue } from '@app/fhir';

import { lockForTransaction } from './advisory-locks';
import { fromNow } from './changes';
import { ended } from './expiry';
import { type ExportTarget, toTarget } from './export-target';
import type { ExportParameters } from './job-parameters';
import { JOB_EVENTS } from './job-states';
import { JobRow } from './job.entity';
import { CLAIM_NEXT, FIRST_DUE } from './plan-claims.sql';
import { transition, transitionAll } from './transition';

/** A job that this process has claimed for planning. */
export interface ClaimedJob {
  readonly id: string;
  readonly appId: string;
  readonly target: ExportTarget;
  readonly parameters: ExportParameters;
  readonly fence: string;
  readonly attempts: number;
  /** Of the kick-off. */
  readonly requestId?: string | undefined;
  /** Seconds since the kick-off, and its time of day. */
  readonly age: number;
  readonly kickedOffAt: Date;
}

/** How many jobs may be planned and running at a time. */
export interface RunningLimits {
  readonly running: number;
  readonly runningPerApp: number;
}

/** Hands accepted jobs out to planners as long as the limits leave room; keeps and ends the claims. */
@Injectable()
export class PlanClaims {
  constructor(@InjectRepository(JobRow) private readonly jobs: Repository<JobRow>) {}

  /**
   * Takes the job whose turn it is: of the app with the fewest running jobs for its weight, the oldest.
   *
   * @param lease in seconds
   * @param full apps that hold all that they may of the caller: nothing of theirs is taken
   * @returns undefined when no job waits, or none may begin now
   */
  claimNext(
    lease: number,
    limits: RunningLimits,
    full: readonly string[] = [],
  ): Promise<ClaimedJob | undefined> {
    return this.jobs.manager.transaction(async (manager) => {
      // Two planners that count at the same time would both find the last free place.
      await lockForTransaction(manager, 'planning');
      const [rows] = await manager.query<[ClaimRow[], number]>(CLAIM_NEXT, [
        lease,
        limits.runningPerApp,
        limits.running,
        full,
      ]);
      const [job] = rows;
      return job && { ...job, requestId: job.requestId ?? undefined, target: toTarget(job) };
    });
  }

  /** Prolongs the lease. @returns false when the job is no longer ours */
  heartbeat(job: ClaimedJob, lease: number): Promise<boolean> {
    return transition(this.jobs.manager, JOB_EVENTS.heartbeat, job, { leaseUntil: fromNow(lease) });
  }

  /** Frees the jobs whose planners have been silent beyond their lease. @returns how many */
  expireLeases(): Promise<number> {
    return transitionAll(this.jobs.manager, JOB_EVENTS.expireLease, { leaseUntil: null });
  }

  /** Hands the job back, to be planned `delay` seconds from now. */
  async giveBack(job: ClaimedJob, delay: number, countsAsAttempt: boolean): Promise<void> {
    await transition(this.jobs.manager, JOB_EVENTS.giveBack, job, {
      leaseUntil: fromNow(delay),
      ...(!countsAsAttempt && { attempts: () => 'attempts - 1' }),
    });
  }

  /** Gives the job up. @returns false when the job is no longer ours */
  fail(job: ClaimedJob, failure: OutcomeIssue, retention: number): Promise<boolean> {
    const changes = { failure, ...ended(job.parameters, retention) };
    return transition(this.jobs.manager, JOB_EVENTS.failPlanning, job, changes);
  }

  /** Whether a job waits to be planned, and may. */
  async due(limits: RunningLimits): Promise<boolean> {
    const [row] = await this.jobs.query<unknown[]>(FIRST_DUE, [
      limits.runningPerApp,
      limits.running,
    ]);
    return row !== undefined;
  }
}

type ClaimRow = Omit<ClaimedJob, 'target' | 'requestId'> & {
  readonly level: string;
  readonly groupId: string | null;
  readonly requestId: string | null;
};
