import { Inject, Injectable } from '@nestjs/common';

import { type Config, CONFIG } from '../../config';
import type { ClaimedPart } from '../persistence/job-record';
import { PartClaims } from '../persistence/part-claims.service';
import { type Committed, PartRecords, type PartResult } from '../persistence/part-records.service';
import { abandonAfterAbort } from './abandon-after-abort';
import { attemptError } from './attempt-error';
import { ClosingError, LostWorkersError, OvertakenError } from './attempt.errors';
import { ExportEvents } from './export-events.service';
import { CLAIMS_PER_ATTEMPT, nextAttempt } from './next-attempt';
import { type Copied, PartCopy } from './part-copy.service';
import { badRows, brokenPart, costlyPart, isLasting } from './part-failure';
import { PartLease } from './part-lease';
import { Slots } from './slots';

/** How long removing an attempt's files may take; the sweeper removes them otherwise. */
const CLEAR_UP_MILLISECONDS = 5000;
const NOTHING_ENDED: Committed = { jobEnded: undefined };

/** A part, and when this process has begun with it. */
type BegunPart = ClaimedPart & { readonly begun: number };

/** Extracts parts, one at a time: claim, copy, commit. */
@Injectable()
export class PartExtractor {
  private readonly slots: Slots;

  constructor(
    private readonly claims: PartClaims,
    private readonly records: PartRecords,
    private readonly parts: PartCopy,
    private readonly events: ExportEvents,
    @Inject(CONFIG) private readonly config: Config,
  ) {
    this.slots = new Slots(config.worker.concurrency);
  }

  /**
   * Works on the part whose turn it is, if any. Whatever goes wrong, the attempt's bytes are removed or
   * committed.
   *
   * @param closing aborted when the process shuts down: the part is handed back
   * @returns undefined when there was nothing to do
   */
  async extractNext(closing: AbortSignal): Promise<Committed | undefined> {
    return this.slots.fill(
      (full) => this.claims.claimNext(this.config.worker.lease, full),
      async (part) => (await this.extract(part, closing)) ?? NOTHING_ENDED,
    );
  }

  /** @returns undefined when nothing was committed */
  private async extract(
    claimed: ClaimedPart,
    closing: AbortSignal,
  ): Promise<Committed | undefined> {
    const part = { ...claimed, begun: performance.now() };
    if (part.attempts > CLAIMS_PER_ATTEMPT * this.config.worker.maxAttempts) {
      return this.handleFailure(part, new LostWorkersError());
    }
    const lease = new PartLease(part, this.records, this.config.worker.lease);
    const signal = AbortSignal.any([closing, lease.signal]);
    const written: string[] = [];
    let copied: Copied;
    try {
      copied = await abandonAfterAbort(this.parts.copy(part, lease, signal, written), signal);
      await lease.stop();
    } catch (error) {
      await lease.stop();
      await this.clearUp(written, signal);
      // What an interrupted step throws is its own affair; why it was interrupted counts.
      return this.handleFailure(part, signal.aborted ? signal.reason : error);
    }
    const { files, badRows: missing } = copied;
    const failure = missing.count > 0 ? badRows(part, missing) : undefined;
    try {
      const result = { state: 'completed', files, failure, missing: missing.count } as const;
      const committed = await this.commit(part, result);
      if (!committed) await this.clearUp(written, signal);
      return committed;
    } catch (error) {
      // The commit may be done, and only its answer lost: the files are then the export's. Whether they
      // are, the sweeper reads in the records; and a part that is committed is not handed back.
      return this.handleFailure(part, closing.aborted ? closing.reason : error);
    }
  }

  private async clearUp(written: readonly string[], signal: AbortSignal): Promise<void> {
    const patience = AbortSignal.any([signal, AbortSignal.timeout(CLEAR_UP_MILLISECONDS)]);
    await abandonAfterAbort(this.parts.remove(written), patience).catch(() => undefined);
  }

  /** @returns undefined when the part is no longer this worker's */
  private async commit(
    { begun, ...part }: BegunPart,
    result: PartResult,
  ): Promise<Committed | undefined> {
    const committed = await this.records.commit(part, result, this.config.export.retention);
    if (!committed) return undefined;
    this.events.partEnded(part, result, (performance.now() - begun) / 1000);
    if (committed.jobEnded)
      this.events.exportEnded({ ...part, id: part.jobId }, committed.jobEnded);
    return committed;
  }

  private async handleFailure(part: BegunPart, error: unknown): Promise<Committed | undefined> {
    if (error instanceof OvertakenError) return undefined;
    if (error instanceof ClosingError) {
      await this.records.giveBack(part, { delay: 0, countsAsAttempt: false });
      return undefined;
    }
    const next = isLasting(error)
      ? undefined
      : nextAttempt(error, part.attempts, this.config.worker.maxAttempts);
    this.events.attemptFailed(part, error, next !== undefined);
    if (isLasting(error)) {
      const failure = costlyPart(part);
      return this.commit(part, { state: 'failed', failure, missing: undefined });
    }
    if (next) {
      await this.records.giveBack(part, { ...next, error: attemptError(error).text });
      return undefined;
    }
    // The part stays broken: its failure becomes a line in the error file (ER-03).
    const missing = await this.parts.count(part);
    const failure = brokenPart(part, error, missing);
    return this.commit(part, { state: 'failed', failure, missing });
  }
}
