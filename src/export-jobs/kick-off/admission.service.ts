import { randomUUID } from 'node:crypto';

import { Inject, Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';

import { FhirError, Turns } from '../../common';
import { type Config, CONFIG } from '../../config';
import { lockForTransaction } from '../persistence/advisory-locks';
import { JobQueue } from '../persistence/job-queue.service';
import { JobRecords, type NewJob } from '../persistence/job-records.service';
import { untilRoom } from '../status/retry-after';
import { type IdempotentKickOff, keyOfAnotherRequest } from './idempotency';

/** A kick-off that has passed every other check. */
export type Candidate = Omit<NewJob, 'id' | 'idempotency'> & {
  readonly idempotency: IdempotentKickOff | undefined;
};

export interface Admitted {
  readonly jobId: string;
  /** False: an earlier kick-off with the same Idempotency-Key has started it. */
  readonly isNew: boolean;
}

/** Why there is no room for another export. */
interface Full {
  readonly what: string;
  /** Whose exports must end before there is room; undefined: anybody's. */
  readonly appId: string | undefined;
}

/** Kick-offs of one process that wait for those of others at a time, each with a connection. */
const ADMITTED_AT_ONCE = 2;

/**
 * Lets a kick-off in as a new job, finds the one that it repeats, or refuses it. An app may have
 * EXPORT_MAX_RUNNING_PER_APP exports running and EXPORT_MAX_QUEUED_PER_APP waiting, unless it has limits of
 * its own, and so may all apps together; what runs and what waits is for the planners to decide.
 */
@Injectable()
export class Admission {
  private readonly turns: Turns;

  constructor(
    private readonly dataSource: DataSource,
    private readonly records: JobRecords,
    private readonly queue: JobQueue,
    @Inject(CONFIG) private readonly config: Config,
  ) {
    this.turns = new Turns(ADMITTED_AT_ONCE, config.database.connectionWait * 1000);
  }

  /**
   * Kick-offs are let in one after the other, so that equal ones at the same time give one job, and
   * limits hold to the job.
   *
   * @param alongside what is written in the same transaction as a new job
   * @throws FhirError 422 when the key was used for another request; 429 with Retry-After when too many
   *   exports wait already; 503 when too many kick-offs come at once
   */
  async admit(
    candidate: Candidate,
    alongside: (jobId: string, manager: EntityManager) => Promise<void>,
  ): Promise<Admitted> {
    const { idempotency, appId } = candidate;
    // Who is over a limit already is told so without a place in the line; only a key may know better.
    const full = idempotency ? undefined : await this.full(appId, this.dataSource.manager);
    const admitted = full ?? (await this.turns.take(() => this.decide(candidate, alongside)));
    if ('jobId' in admitted) return admitted;
    throw await this.refusal(admitted);
  }

  /** Nothing that can be found out before or after belongs in here: all other kick-offs wait. */
  private decide(
    candidate: Candidate,
    alongside: (jobId: string, manager: EntityManager) => Promise<void>,
  ): Promise<Admitted | Full> {
    return this.dataSource.transaction(async (manager) => {
      await lockForTransaction(manager, 'admission');
      const repeated = await this.repeated(candidate, manager);
      if (repeated !== undefined) return { jobId: repeated, isNew: false };
      const full = await this.full(candidate.appId, manager);
      if (full) return full;
      const id = randomUUID();
      await this.records.insert({ ...candidate, id }, manager);
      await alongside(id, manager);
      return { jobId: id, isNew: true };
    });
  }

  private async repeated(
    { appId, idempotency }: Candidate,
    manager: EntityManager,
  ): Promise<string | undefined> {
    if (!idempotency) return undefined;
    await this.queue.releaseExpiredKey(appId, idempotency.key, manager);
    const earlier = await this.queue.findByKey(appId, idempotency.key, manager);
    if (earlier && !earlier.requestHash.equals(idempotency.requestHash))
      throw keyOfAnotherRequest();
    return earlier?.id;
  }

  /** Undefined while there is room. */
  private async full(appId: string, manager: EntityManager): Promise<Full | undefined> {
    const { running, queued, runningPerApp, queuedPerApp } = this.config.limits;
    const active = await this.queue.active(appId, manager);
    const { running: ownRunning = runningPerApp, queued: ownQueued = queuedPerApp } = active.limits;
    if (active.ofApp >= ownRunning + ownQueued) {
      return { what: `This app has ${active.ofApp} exports that are not complete`, appId };
    }
    if (active.inAll >= running + queued) {
      return { what: 'The service has as many exports waiting as it takes', appId: undefined };
    }
    return undefined;
  }

  private async refusal({ what, appId }: Full): Promise<FhirError> {
    const progress = await this.queue.progress(appId);
    const seconds = untilRoom(progress, this.config.export.retryAfterMax);
    return new FhirError(
      `${what}. Wait for one to complete, or delete one that is not needed, and ask again in ${seconds} s, as Retry-After says.`,
      { status: 429, code: 'throttled', headers: { 'Retry-After': String(seconds) } },
    );
  }
}
