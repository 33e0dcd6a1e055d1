import { Inject, Injectable } from '@nestjs/common';

import type { OutcomeIssue } from '@app/fhir';

import type { CohortBucket } from '../../cohort';
import { StatementTimeError } from '../../common';
import { type Config, CONFIG } from '../../config';
import { Extraction } from '../../extractors';
import type { CountedType } from '../persistence/expected-counts';
import type { JobEnd } from '../persistence/part-records.service';
import { type ClaimedJob, PlanClaims } from '../persistence/plan-claims.service';
import { type Cut, PlanRecords } from '../persistence/plan-records.service';
import { abandonAfterAbort } from './abandon-after-abort';
import { ClosingError, OvertakenError } from './attempt.errors';
import { countedTypes } from './counted-types';
import type { PlannedPart } from './cut-parts';
import { ExportCohorts } from './export-cohorts.service';
import { ExportCuts } from './export-cuts.service';
import { ExportEvents } from './export-events.service';
import { ExportTimeChooser } from './export-times.service';
import { Lease } from './lease';
import { nextAttempt } from './next-attempt';
import { GROUP_GONE, PLANNING_FAILED, PLANNING_TOO_LONG } from './planning-failures';
import { Slots } from './slots';
import { claimsOf, togetherBytes } from './small-parts';

/** Jobs of one app that are planned at once: one whose source is slow must not keep the others waiting. */
export const PLANNED_PER_APP = 2;

/** How often it is looked whether the feeds have passed a kick-off. */
const SOURCE_POLL_SECONDS = 1;

/** A job, and when this process has begun with it. */
type BegunJob = ClaimedJob & { readonly begun: number };

/** What has been planned. */
export interface Planned {
  /** Claims that can be made now. */
  readonly claims: number;
}

/**
 * Turns accepted jobs into parts: transactionTime, frozen cohort, cuts. An export of all patients,
 * or of the whole system, freezes its cohort as that of a group is frozen: one row a patient is little beside what is exported
 * of each, and every rule of an export of a group then holds for it, too.
 */
@Injectable()
export class Planner {
  private readonly slots = new Slots(PLANNED_PER_APP);

  constructor(
    private readonly claims: PlanClaims,
    private readonly records: PlanRecords,
    private readonly cohorts: ExportCohorts,
    private readonly times: ExportTimeChooser,
    private readonly extraction: Extraction,
    private readonly cuts: ExportCuts,
    private readonly events: ExportEvents,
    @Inject(CONFIG) private readonly config: Config,
  ) {}

  /**
   * Plans the job whose turn it is, if any, within the limits on running jobs. A planner that dies
   * leaves nothing behind but its claim, which runs out.
   *
   * @param closing aborted when the process shuts down: the job is handed back
   * @returns undefined when there was nothing to do
   */
  async planNext(closing: AbortSignal): Promise<Planned | undefined> {
    const { limits, worker } = this.config;
    return this.slots.fill(
      (full) => this.claims.claimNext(worker.lease, limits, full),
      (job) => this.keepAndPlan({ ...job, begun: performance.now() }, closing),
    );
  }

  private async keepAndPlan(job: BegunJob, closing: AbortSignal): Promise<Planned> {
    const { lease } = this.config.worker;
    const kept = new Lease(lease, () => this.claims.heartbeat(job, lease), { jobId: job.id });
    const signal = AbortSignal.any([closing, kept.signal]);
    try {
      const parts = await abandonAfterAbort(this.plan(job, signal), signal);
      return { claims: claimsOf(parts, togetherBytes(this.config)) };
    } catch (error) {
      await this.handleFailure(job, signal.aborted ? signal.reason : error);
      return { claims: 0 };
    } finally {
      await kept.stop();
    }
  }

  private async plan(job: BegunJob, signal: AbortSignal): Promise<readonly PlannedPart[]> {
    const { retention, statementTime } = this.config.export;
    if (await this.times.isAwaited(job)) {
      await this.claims.giveBack(job, SOURCE_POLL_SECONDS, false);
      return [];
    }
    if (job.parameters.sandbox?.fail === 'export') {
      await this.giveUp(job, PLANNING_FAILED);
      return [];
    }
    const { transactionTime, sourceTime } = await this.times.choose(signal);
    const cohort = await this.cohorts.of(job, transactionTime);
    signal.throwIfAborted();
    if (!cohort) {
      await this.giveUp(job, GROUP_GONE);
      return [];
    }
    const cut = (members: readonly CohortBucket[]): Promise<Cut> => this.cuts.of(job, members);
    const cohortBefore = await this.cohorts.before(job, transactionTime);
    const { since, deletionsUnknown } = job.parameters;
    const readsSince = deletionsUnknown ? undefined : since;
    const counts = (share?: number): readonly CountedType[] =>
      countedTypes(
        this.extraction,
        { ...job, transactionTime, cohortShare: share },
        cohortBefore !== undefined,
      );
    const plan = { transactionTime, sourceTime, readsSince, ...cohort, cohortBefore, cut, counts };
    const parts = await this.records.commit(job, plan, { retention, statementTime, signal });
    if (parts === undefined) throw new OvertakenError();
    this.events.planned(job, parts.length, transactionTime);
    if (parts.length === 0) this.tellEnd(job, 'completed');
    return parts;
  }

  private async handleFailure(job: BegunJob, error: unknown): Promise<void> {
    if (error instanceof OvertakenError) return;
    if (error instanceof ClosingError) {
      await this.claims.giveBack(job, 0, false);
      return;
    }
    this.events.planningFailed(job, error);
    const next = nextAttempt(error, job.attempts, this.config.worker.maxAttempts);
    if (error instanceof StatementTimeError) {
      await this.giveUp(job, PLANNING_TOO_LONG);
    } else if (next) {
      await this.claims.giveBack(job, next.delay, next.countsAsAttempt);
    } else {
      await this.giveUp(job, PLANNING_FAILED);
    }
  }

  private async giveUp(job: BegunJob, failure: OutcomeIssue): Promise<void> {
    if (!(await this.claims.fail(job, failure, this.config.export.retention))) return;
    this.tellEnd(job, 'failed');
  }

  private tellEnd(job: BegunJob, state: JobEnd['state']): void {
    const seconds = job.age + (performance.now() - job.begun) / 1000;
    this.events.exportEnded(job, { state, seconds });
  }
}
