import { Injectable, Logger } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import type { EntityManager, Repository } from 'typeorm';

import { type AuditAction, AuditLog } from '../../audit';
import { FhirError } from '../../common';
import { NOW, UNREAD } from '../persistence/changes';
import { HistoryTrimmedError, requireHistory } from '../persistence/history-horizon';
import { JobRecords } from '../persistence/job-records.service';
import { ACTIVE_JOB_STATES, JOB_EVENTS, PART_EVENTS } from '../persistence/job-states';
import { JobRow } from '../persistence/job.entity';
import { transition, transitionParts } from '../persistence/transition';
import { isJobId } from '../urls';
import { noSuchExport } from './no-such-export';

/** Who asks: the id of the request, where there is one. */
export interface Operation {
  readonly id: string;
  readonly requestId?: string | undefined;
}

/**
 * What operators do to exports of any app. Each is audited in the transaction that does it, and throws FhirError:
 * 404 for an unknown export, 409 when its state does not allow for it. Bytes that go are removed by the sweeper.
 */
@Injectable()
export class ExportOperations {
  private readonly logger = new Logger(ExportOperations.name);

  constructor(
    @InjectRepository(JobRow) private readonly jobs: Repository<JobRow>,
    private readonly records: JobRecords,
    private readonly audit: AuditLog,
  ) {}

  /** Ends an export, before or after its end, as DELETE by its client does. */
  cancel(operation: Operation): Promise<void> {
    return this.audited('export.cancelled', operation, async ({ id }, manager) => {
      if (!(await this.records.cancel(id, manager))) throw refused('it is gone already');
    });
  }

  /** Withdraws the files of an export that has ended, as the end of their time does. */
  expire(operation: Operation): Promise<void> {
    return this.audited('export.withdrawn', operation, async ({ id, state }, manager) => {
      const changes = { expiresAt: NOW, sweptAt: null };
      if (await transition(manager, JOB_EVENTS.withdraw, { id }, changes)) return;
      throw refused(`it is ${state}; cancel what has not ended`);
    });
  }

  /** Keeps plan and parts from being given out, until `release`. Parts that run go on to their end. */
  hold(operation: Operation): Promise<void> {
    return this.audited('export.held', operation, (job, manager) =>
      setHold(manager, job, () => 'coalesce(held_at, service.timer())'),
    );
  }

  /** The opposite of `hold`. */
  release(operation: Operation): Promise<void> {
    return this.audited('export.released', operation, (job, manager) =>
      setHold(manager, job, () => 'null'),
    );
  }

  /**
   * Has the parts that failed done again, as of the same transactionTime and for the same frozen cohort; the
   * rest stays. The export runs again until then, and its files are kept anew from its new end on.
   */
  retryFailed(operation: Operation): Promise<void> {
    return this.audited('export.retried', operation, async (job, manager) => {
      await this.requireExact(job, manager);
      const again = {
        failure: null,
        progress: () => 'least(progress, 99)',
        retries: () => 'retries + 1',
        readAgain: false,
        ...{ finishedAt: null, expiresAt: null, sweptAt: null, nextPollAt: null },
      };
      if (!(await transition(manager, JOB_EVENTS.retry, job, again))) throw notToRetry(job);
      await transitionParts(manager, PART_EVENTS.retry, job.id, UNREAD);
    });
  }

  private async requireExact(job: JobRow, manager: EntityManager): Promise<void> {
    const { since, deletionsUnknown } = job.parameters;
    try {
      await requireHistory(manager, [job.transactionTime, deletionsUnknown ? undefined : since]);
    } catch (error) {
      if (!(error instanceof HistoryTrimmedError)) throw error;
      throw refused('the history that its parts read was trimmed');
    }
  }

  private async audited(
    action: AuditAction,
    { id, requestId }: Operation,
    change: (job: JobRow, manager: EntityManager) => Promise<void>,
  ): Promise<void> {
    if (!isJobId(id)) throw noSuchExport();
    const fields = await this.jobs.manager.transaction(async (manager) => {
      const lock = { mode: 'for_no_key_update' } as const;
      const job = await manager.findOne(JobRow, { where: { id }, lock });
      if (!job) throw noSuchExport();
      await change(job, manager);
      const { appId, groupId } = job;
      const event = { action, outcome: 'success', appId, groupId, jobId: id, requestId } as const;
      await this.audit.record(event, manager);
      return { jobId: id, appId, requestId };
    });
    this.logger.log({ ...fields, by: 'operator' }, action.replace('.', ' '));
  }
}

async function setHold(
  manager: EntityManager,
  { id, state }: JobRow,
  heldAt: () => string,
): Promise<void> {
  const isOpen = ACTIVE_JOB_STATES.some((active) => active === state);
  if (!isOpen) throw refused(`it is ${state}: no work of it is left`);
  await manager.update(JobRow, { id }, { heldAt });
}

/** The condition of the event that does not hold, in the order in which it helps to know. */
function notToRetry(job: JobRow): FhirError {
  const isEnded = job.state === 'completed' || job.state === 'failed';
  if (!isEnded) return refused(`it is ${job.state}, and only what has ended can be retried`);
  if (job.pages > 0) {
    return refused('its client was given the manifest in pages, which never change (PG-03)');
  }
  if (job.sweptAt !== undefined && !job.cohortKept) {
    return refused('no part of it has failed, or its cohort is no longer kept');
  }
  return refused('no part of it has failed, or the time of its files is over');
}

function refused(why: string): FhirError {
  return new FhirError(`This cannot be done to the export: ${why}.`, {
    status: 409,
    code: 'conflict',
  });
}
