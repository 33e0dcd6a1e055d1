import { randomUUID } from 'node:crypto';

import { Injectable, Logger } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';

import {
  analyzeCohort,
  type Cohort,
  type CohortBucket,
  freezeCohort,
  recordCohort,
} from '../../cohort';
import { withinStatementTime } from '../../common';
import type { PlannedPart } from '../worker/cut-parts';
import { shareLockForTransaction } from './advisory-locks';
import { cancellableTransaction } from './cancellable-transaction';
import { NOW } from './changes';
import { type CountedType, countExpected } from './expected-counts';
import { ended } from './expiry';
import { requireHistory } from './history-horizon';
import { JOB_EVENTS } from './job-states';
import type { JobRow } from './job.entity';
import type { ClaimedJob } from './plan-claims.service';
import { INSERT_PARTS } from './plan-records.sql';
import { transition } from './transition';

export interface Plan extends Cohort {
  readonly transactionTime: string;
  /** Up to where the EHR's record is contained in it, where that is known. */
  readonly sourceTime?: string | undefined;
  /** What the export was before, as of which its parts read too; undefined: they do not. */
  readonly readsSince?: string | undefined;
  /** What counts the resources of each type, for the frozen cohort; undefined: nothing is counted. */
  readonly counts?: (share: number | undefined) => readonly CountedType[];
  /** Cuts the export, given its frozen cohort; into nothing when there is nothing to export. */
  readonly cut: (cohort: readonly CohortBucket[]) => Promise<Cut>;
}

export interface PlanOptions {
  /** How long the export's files stay available, in seconds. */
  readonly retention: number;
  /** How long each statement may take, in seconds. */
  readonly statementTime: number;
  readonly signal: AbortSignal;
}

export interface Cut {
  readonly parts: readonly PlannedPart[];
  /** See ExportScope. */
  readonly cohortShare?: number | undefined;
}

/** Commits plans: all of a plan, or nothing of it. */
@Injectable()
export class PlanRecords {
  private readonly logger = new Logger(PlanRecords.name);

  constructor(private readonly dataSource: DataSource) {}

  /**
   * Freezes the cohort and stores the parts. A job without parts is complete at once, with no files,
   * as of an empty group, which exports nothing (GR-08). The job's row is left alone until the last
   * statement, so that a DELETE never waits for a plan.
   *
   * @param options `retention` and `statementTime` in seconds; an aborted `signal` ends the statement that runs
   * @returns the parts, or undefined when the job was overtaken or cancelled
   * @throws the reason of `signal`; StatementTimeError when one of the statements takes too long
   */
  async commit(
    job: ClaimedJob,
    plan: Plan,
    { retention, statementTime, signal }: PlanOptions,
  ): Promise<readonly PlannedPart[] | undefined> {
    return withinStatementTime(statementTime, () =>
      cancellableTransaction(this.dataSource, signal, async (manager) => {
        await manager.query(`set local statement_timeout = ${statementTime * 1000}`);
        return this.commitWith(manager, job, plan, { retention, signal });
      }),
    );
  }

  private async commitWith(
    manager: EntityManager,
    job: ClaimedJob,
    plan: Plan,
    { retention, signal }: Omit<PlanOptions, 'statementTime'>,
  ): Promise<readonly PlannedPart[] | undefined> {
    const cohort = await freezeCohort(manager, job.id, plan);
    signal.throwIfAborted();
    // The one waits for another connection meanwhile.
    const [{ parts, cohortShare }, isKnown] = await Promise.all([
      plan.cut(cohort),
      analyzeCohort(manager, cohort),
    ]);
    if (!isKnown) {
      const jobId = job.id;
      this.logger.warn({ jobId }, 'the cohort stays unknown to PostgreSQL: its export may be slow');
    }
    signal.throwIfAborted();
    if (parts.length === 0) {
      return (await this.completeEmpty(manager, job, plan, retention)) ? [] : undefined;
    }
    const expected =
      plan.counts && (await countExpected(manager, plan.counts(cohortShare), membersOf(cohort)));
    signal.throwIfAborted();
    await this.insertParts(manager, job.id, parts);
    // Late, for it keeps the numbers of new patients from other plans.
    await shareLockForTransaction(manager, 'numbers');
    await recordCohort(manager, job.id);
    await requireHistory(manager, [plan.transactionTime, plan.readsSince]);
    const begun = await this.begin(manager, job, plan, { cohortShare, expected });
    return begun ? parts : undefined;
  }

  private completeEmpty(
    manager: EntityManager,
    job: ClaimedJob,
    { transactionTime, sourceTime }: Plan,
    retention: number,
  ): Promise<boolean> {
    return transition(manager, JOB_EVENTS.completeEmpty, job, {
      ...ended(job.parameters, retention),
      progress: 100,
      transactionTime,
      sourceTime,
      plannedAt: NOW,
      cohortRecorded: true,
    });
  }

  private begin(
    manager: EntityManager,
    job: ClaimedJob,
    { transactionTime, sourceTime, cohortBefore }: Plan,
    counted: Pick<JobRow, 'cohortShare' | 'expected'>,
  ): Promise<boolean> {
    return transition(manager, JOB_EVENTS.plan, job, {
      transactionTime,
      sourceTime,
      plannedAt: NOW,
      cohortRecorded: true,
      leaseUntil: null,
      continuesSince: cohortBefore !== undefined,
      ...counted,
    });
  }

  private async insertParts(
    manager: EntityManager,
    jobId: string,
    parts: readonly PlannedPart[],
  ): Promise<void> {
    await manager.query(INSERT_PARTS, [
      jobId,
      parts.map(() => randomUUID()),
      parts.map((part) => part.type),
      parts.map((part) => part.buckets.from),
      parts.map((part) => part.buckets.to),
      parts.map((part) => part.estimatedBytes),
      parts.map((part) => part.kind),
    ]);
  }
}

function membersOf(cohort: readonly CohortBucket[]): number {
  return cohort.reduce((sum, { members }) => sum + members, 0);
}
