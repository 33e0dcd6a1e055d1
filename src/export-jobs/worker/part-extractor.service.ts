import { Inject, Injectable } from '@nestjs/common';

import { type Config, CONFIG } from '../../config';
import type { ClaimedPart } from '../persistence/job-record';
import { PartClaims } from '../persistence/part-claims.service';
import { type JobEnd, PartRecords } from '../persistence/part-records.service';
import { abandonAfterAbort } from './abandon-after-abort';
import { LostWorkersError } from './attempt.errors';
import { CLAIMS_PER_ATTEMPT } from './next-attempt';
import { PartCopy } from './part-copy.service';
import { type BegunPart, type CopiedPart, PartEnds } from './part-ends.service';
import { PartLease } from './part-lease';
import { Slots } from './slots';
import { togetherBytes } from './small-parts';
import { WorkSignal } from './work-signal.queue';

/** How long parts that were claimed together stay together. */
const TOGETHER_MILLISECONDS = 1000;

/** What was done. */
export interface Extracted {
  /** Of the job whose last parts these were: there is room for another. */
  readonly jobEnded: JobEnd | undefined;
}

/** What is waited for, or whom, while parts are extracted. */
interface Waiting {
  readonly lease: PartLease;
  /** Aborted with the reason when the parts are lost, or the process closes. */
  readonly signal: AbortSignal;
  /** Resolves when the parts have been together for long enough. */
  readonly late: Promise<'late'>;
}

/** Extracts parts: claim, copy, commit. Small parts of a job share a claim and a commit. */
@Injectable()
export class PartExtractor {
  private readonly slots: Slots;
  private readonly together: number;

  constructor(
    private readonly claims: PartClaims,
    private readonly records: PartRecords,
    private readonly copies: PartCopy,
    private readonly ends: PartEnds,
    private readonly signals: WorkSignal,
    @Inject(CONFIG) private readonly config: Config,
  ) {
    this.slots = new Slots(config.worker.concurrency);
    this.together = togetherBytes(config);
  }

  /**
   * Works on the parts whose turn it is, if any. Whatever goes wrong, the attempts' bytes are removed or
   * committed.
   *
   * @param closing aborted when the process shuts down: the parts are handed back
   * @returns undefined when there was nothing to do
   */
  async extractNext(closing: AbortSignal): Promise<Extracted | undefined> {
    return this.slots.fill(
      (full) => this.claims.claimNext(this.config.worker.lease, this.together, full),
      async ({ parts }) => ({ jobEnded: await this.extract(parts, closing) }),
    );
  }

  private async extract(
    parts: readonly [ClaimedPart, ...ClaimedPart[]],
    closing: AbortSignal,
  ): Promise<JobEnd | undefined> {
    const lease = new PartLease(parts, this.records, this.config.worker.lease);
    const signal = AbortSignal.any([closing, lease.signal]);
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<'late'>((resolve) => {
      timer = setTimeout(resolve, TOGETHER_MILLISECONDS, 'late');
    });
    try {
      return await this.extractEach([...parts], { lease, signal, late });
    } finally {
      clearTimeout(timer);
      await lease.stop();
    }
  }

  /** One part that takes long must keep neither its neighbours' results back nor those that have not begun. */
  private async extractEach(
    parts: ClaimedPart[],
    { lease, signal, late }: Waiting,
  ): Promise<JobEnd | undefined> {
    const copied: CopiedPart[] = [];
    let jobEnded: JobEnd | undefined;
    const commit = async (): Promise<void> => {
      const ready = copied.splice(0);
      lease.letGo(ready.map(({ part }) => part));
      jobEnded = (await this.ends.commit(ready, signal)) ?? jobEnded;
    };
    for (let part = parts.shift(); part !== undefined; part = parts.shift()) {
      const attempt = this.attempt(part, { lease, signal });
      if ((await Promise.race([attempt, late])) === 'late') {
        await this.handBack(parts.splice(0), lease);
        await commit();
      }
      const end = await attempt;
      if ('copied' in end) copied.push(end);
      else jobEnded = end.jobEnded ?? jobEnded;
    }
    await lease.stop();
    await commit();
    return jobEnded;
  }

  /** @returns the end of the job, when the part has failed for good and was its last */
  private async attempt(
    claimed: ClaimedPart,
    { lease, signal }: Omit<Waiting, 'late'>,
  ): Promise<CopiedPart | Extracted> {
    const part: BegunPart = { ...claimed, begun: performance.now() };
    const fail = async (error: unknown): Promise<Extracted> => {
      lease.letGo([claimed]);
      return { jobEnded: await this.ends.failAll([part], error) };
    };
    if (part.attempts > CLAIMS_PER_ATTEMPT * this.config.worker.maxAttempts) {
      return fail(new LostWorkersError());
    }
    const written: string[] = [];
    try {
      const copying = this.copies.copy(part, lease.reportOf(claimed), signal, written);
      return { part, copied: await abandonAfterAbort(copying, signal) };
    } catch (error) {
      await this.ends.clearUp(written, signal);
      // What an interrupted step throws is its own affair; why it was interrupted counts.
      return fail(signal.aborted ? signal.reason : error);
    }
  }

  private async handBack(parts: readonly ClaimedPart[], lease: PartLease): Promise<void> {
    if (parts.length === 0) return;
    lease.letGo(parts);
    await this.ends.handBack(parts);
    await this.signals.signalWorkers(1);
  }
}
