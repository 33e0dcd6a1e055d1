import { Inject, Injectable, Logger } from '@nestjs/common';

import type { OutcomeIssue } from '@app/fhir';

import { type Config, CONFIG } from '../../config';
import { Extraction, ExtractorRegistry } from '../../extractors';
import { GroupDirectory } from '../../groups';
import type { ExportTarget } from '../record/job-record';
import { type ClaimedJob, type Plan, PlanRecords } from '../record/plan-records.service';
import { cutParts, type PlannedPart } from './cut-parts';
import { retryDelay } from './retry-delay';

/**
 * Turns an accepted job into parts: transactionTime, frozen cohort, cuts. An export of all patients
 * freezes its cohort as that of a group is frozen: one row a patient is little beside what is exported
 * of each, and every rule of an export of a group then holds for it, too.
 */
@Injectable()
export class Planner {
  private readonly logger = new Logger(Planner.name);

  constructor(
    private readonly records: PlanRecords,
    private readonly groups: GroupDirectory,
    private readonly extraction: Extraction,
    private readonly registry: ExtractorRegistry,
    @Inject(CONFIG) private readonly config: Config,
  ) {}

  /**
   * Plans the job if it is still to be planned. Idempotent; a planner that dies leaves nothing behind
   * but its claim, which runs out.
   *
   * @returns ids of the parts that can be worked on now
   */
  async plan(jobId: string, signal: AbortSignal): Promise<readonly string[]> {
    // Planning waits for writers at most planningWait seconds; the rest is quick.
    const lease = this.config.worker.lease + this.config.export.planningWait;
    const job = await this.records.claim(jobId, lease);
    if (!job) return [];
    try {
      return (await this.planClaimed(job, signal)) ?? [];
    } catch (error) {
      await this.handleFailure(job, error);
      return [];
    }
  }

  private async planClaimed(
    job: ClaimedJob,
    signal: AbortSignal,
  ): Promise<readonly string[] | undefined> {
    const transactionTime = await this.extraction.chooseTransactionTime(signal);
    const cohort = await this.cohort(job.target, transactionTime);
    if (!cohort) {
      await this.records.fail(job, GROUP_GONE, this.config.export.retention);
      return undefined;
    }
    const cut = (members: number): Promise<readonly PlannedPart[]> => this.cut(job, members);
    const plan = { transactionTime, ...cohort, cut };
    const parts = await this.records.commit(job, plan, this.config.export.retention);
    this.logger.log({ jobId: job.id, parts: parts?.length, transactionTime }, 'export planned');
    return parts;
  }

  /** Undefined when the group is gone. */
  private async cohort(
    target: ExportTarget,
    at: string,
  ): Promise<Pick<Plan, 'cohort' | 'group'> | undefined> {
    if (target.level === 'patient') {
      return { cohort: this.extraction.everyone(at), group: undefined };
    }
    const group = await this.groups.find(target.groupId);
    return (
      group && {
        cohort: await this.groups.cohortQuery(group, at),
        group: await this.groups.resourceQuery(group, at),
      }
    );
  }

  private async cut(job: ClaimedJob, members: number): Promise<readonly PlannedPart[]> {
    const patients = Math.max(1, (await this.extraction.statisticsOf('Patient')).resources);
    const share = Math.min(1, members / patients);
    const estimates = [];
    for (const type of job.parameters.types) {
      const { bytes } = await this.extraction.statisticsOf(type);
      const { divisible } = this.registry.get(type);
      estimates.push({ type, divisible, bytes: Math.ceil(bytes * share) });
    }
    return cutParts(estimates, this.config.export.partTargetBytes);
  }

  private async handleFailure(job: ClaimedJob, error: unknown): Promise<void> {
    const { name, code } = error as { name?: string; code?: unknown };
    this.logger.warn(
      { jobId: job.id, attempt: job.attempts, error: name, code },
      'planning failed',
    );
    if (job.attempts < this.config.worker.maxAttempts) {
      await this.records.retryLater(job, retryDelay(job.attempts));
    } else {
      await this.records.fail(job, PLANNING_FAILED, this.config.export.retention);
    }
  }
}

const GROUP_GONE: OutcomeIssue = {
  severity: 'fatal',
  code: 'not-found',
  diagnostics: 'The group was removed before its export began.',
};

// Not a code of the transient family: clients take those as "poll again" (ST-12).
const PLANNING_FAILED: OutcomeIssue = {
  severity: 'fatal',
  code: 'processing',
  diagnostics: 'The export could not be planned. Start it again later, or ask the operator.',
};
