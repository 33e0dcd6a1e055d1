import { randomUUID } from 'node:crypto';

import { Inject, Injectable } from '@nestjs/common';

import { Clock, HostClock, PeriodicTask, type Step } from '../../common';
import { type Config, CONFIG } from '../../config';
import { FILE_STORAGE, type FileStorage } from '../../storage';
import { JOB_EVENTS, type JobState } from '../persistence/job-states';
import { SweepRecords } from '../persistence/sweep-records.service';
import { EXPORTS, jobPrefix, PROBES } from '../storage-keys';
import { isJobId } from '../urls';
import { orphanedKeys } from './orphaned-keys';
import { SweepMetrics } from './sweep-metrics';

const RETRIED_SECONDS = 30;
const LOST_SECONDS = 3600;
const RECORDED_SECONDS = 3600;
const LOOKED_UP_AT_ONCE = 500;
const RETRIED_STATES: readonly JobState[] = JOB_EVENTS.retry.from;

/**
 * Removes what is no longer needed: the files of cancelled, failed and expired jobs, what overtaken and
 * dead attempts left behind, published or not, in completed jobs and in running ones, and folders of
 * jobs that do not exist; after AUDIT_KEPT_DAYS also the record of whose data an export held. Runs in each worker whose clock is right; every step may run twice.
 */
@Injectable()
export class Sweeper extends PeriodicTask {
  protected readonly milliseconds = 5000;
  protected readonly steps: Readonly<Record<string, Step>> = {
    'expire exports': () => this.expire(),
    'sweep ended exports': () => this.sweepEnded(),
    'sweep running exports': () => this.sweepDisturbed(),
    'remove lost folders': () => this.removeLost(),
    'forget whose data was given': () => this.forgetRecorded(),
  };
  private readonly retried: Occasion;
  private readonly lost: Occasion;
  private readonly recorded: Occasion;

  constructor(
    private readonly records: SweepRecords,
    private readonly metrics: SweepMetrics,
    private readonly clock: Clock,
    host: HostClock,
    @Inject(FILE_STORAGE) private readonly storage: FileStorage,
    @Inject(CONFIG) private readonly config: Config,
  ) {
    super();
    this.retried = new Occasion(RETRIED_SECONDS, host);
    this.lost = new Occasion(LOST_SECONDS, host);
    this.recorded = new Occasion(RECORDED_SECONDS, host);
  }

  /** One round. Public so that operators' tools and tests need not wait for the clock. */
  async sweep(): Promise<void> {
    await this.expire();
    await this.sweepEnded();
    await this.sweepDisturbed();
    await this.removeLost();
    await this.forgetRecorded();
  }

  private async expire(): Promise<void> {
    if (!this.clock.agrees) return;
    this.metrics.expired.inc(await this.records.expire());
  }

  private async sweepEnded(): Promise<void> {
    if (!this.clock.agrees) return;
    // Jobs whose last possible writer has lost its lease, so that nothing is added after the sweep.
    for (const job of await this.records.ended(2 * this.config.worker.lease)) {
      // What has failed may be done again meanwhile: nothing of an attempt that begins now may go.
      if (RETRIED_STATES.includes(job.state)) await this.removeLeftovers(job.id);
      else await this.storage.removePrefix(jobPrefix(job.id));
      await this.records.forget(job);
      this.metrics.swept.inc();
    }
    this.metrics.lastSuccess.setToCurrentTime();
  }

  private async removeLeftovers(jobId: string): Promise<void> {
    const isLeftover = orphanedKeys(await this.records.parts(jobId));
    const keys = await this.storage.list(jobPrefix(jobId));
    for (const key of keys.filter(isLeftover)) await this.storage.remove(key);
    await this.storage.removeUnpublished(jobPrefix(jobId), isLeftover);
  }

  /** An export may run for days: what dead workers have left of it must not lie that long. */
  private async sweepDisturbed(): Promise<void> {
    if (!this.clock.agrees || !this.retried.isDue()) return;
    for (const jobId of await this.records.retriedJobs()) await this.removeLeftovers(jobId);
  }

  /**
   * Folders of jobs that the database does not know: it was restored to an earlier state, or another
   * system wrongly uses the same storage. So only what is older than any export may become. And folders
   * that were removed and are there again: a worker that slept until then wrote on, and died.
   */
  private async removeLost(): Promise<void> {
    if (!this.clock.agrees || !this.lost.isDue()) return;
    const folders = (await this.storage.folders(EXPORTS)).filter(isJobId);
    for (let from = 0; from < folders.length; from += LOOKED_UP_AT_ONCE) {
      const some = folders.slice(from, from + LOOKED_UP_AT_ONCE);
      for (const id of await this.records.withoutFiles(some)) {
        if (await this.isOld(jobPrefix(id))) await this.storage.removePrefix(jobPrefix(id));
      }
    }
  }

  private async forgetRecorded(): Promise<void> {
    if (!this.clock.agrees || !this.recorded.isDue()) return;
    await this.records.forgetRecorded(this.config.audit.keptDays);
  }

  /** Older than any export may become, by the storage's own clock: it dates a file that is written now. */
  private async isOld(prefix: string): Promise<boolean> {
    const last = await this.storage.lastModified(prefix);
    if (!last) return false;
    const probe = `${PROBES}/${randomUUID()}`;
    const writer = await this.storage.create(`${probe}/now`);
    await writer.publish();
    const now = await this.storage.lastModified(probe);
    await this.storage.removePrefix(probe);
    return (
      now !== undefined && now.getTime() - last.getTime() > 2000 * this.config.export.retention
    );
  }
}

/** Something that is done once in a while, by measured time. */
class Occasion {
  private next: number;

  constructor(
    private readonly seconds: number,
    private readonly host: HostClock,
  ) {
    this.next = host.elapsed() + seconds * 1000;
  }

  isDue(): boolean {
    const now = this.host.elapsed();
    if (now < this.next) return false;
    this.next = now + this.seconds * 1000;
    return true;
  }
}
