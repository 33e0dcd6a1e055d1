import { Inject, Injectable, Logger } from '@nestjs/common';

import { failureFields } from '../../common';
import { type Config, CONFIG } from '../../config';
import type { ClaimedPart } from '../persistence/job-record';
import { PartClaims } from '../persistence/part-claims.service';
import { type Committed, PartRecords, type PartResult } from '../persistence/part-records.service';
import { ClosingError, LostWorkersError, OvertakenError } from './attempt.errors';
import { CLAIMS_PER_ATTEMPT, nextAttempt } from './next-attempt';
import { type Copied, PartCopy } from './part-copy.service';
import { badRows, brokenPart, costlyPart, isLasting } from './part-failure';
import { PartLease } from './part-lease';
import { abandonAfterAbort } from './abandon-after-abort';
import { Slots } from './slots';

/** How long removing an attempt's files may take; the sweeper removes them otherwise. */
const CLEAR_UP_MILLISECONDS = 5000;
const NOTHING_ENDED: Committed = { jobEnded: false };

/** Extracts parts, one at a time: claim, copy, commit. */
@Injectable()
export class PartExtractor {
  private readonly logger = new Logger(PartExtractor.name);
  private readonly slots: Slots;

  constructor(
    private readonly claims: PartClaims,
    private readonly records: PartRecords,
    private readonly parts: PartCopy,
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
  private async extract(part: ClaimedPart, closing: AbortSignal): Promise<Committed | undefined> {
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
      const committed = await this.commit(part, { state: 'completed', files, failure });
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
  private commit(part: ClaimedPart, result: PartResult): Promise<Committed | undefined> {
    return this.records.commit(part, result, this.config.export.retention);
  }

  private async handleFailure(part: ClaimedPart, error: unknown): Promise<Committed | undefined> {
    if (error instanceof OvertakenError) return undefined;
    if (error instanceof ClosingError) {
      await this.records.giveBack(part, { delay: 0, countsAsAttempt: false });
      return undefined;
    }
    this.log(part, error);
    if (isLasting(error)) return this.commit(part, { state: 'failed', failure: costlyPart(part) });
    const next = nextAttempt(error, part.attempts, this.config.worker.maxAttempts);
    if (next) {
      await this.records.giveBack(part, { ...next, error: nameOf(error) });
      return undefined;
    }
    // The part stays broken: its failure becomes a line in the error file (ER-03).
    const failure = brokenPart(part, error, await this.parts.count(part));
    return this.commit(part, { state: 'failed', failure });
  }

  private log({ id, jobId, type, attempts, ...part }: ClaimedPart, error: unknown): void {
    const { appId, requestId } = part;
    this.logger.warn(
      { jobId, appId, requestId, partId: id, type, attempts, ...factsOf(error) },
      'an attempt at a part failed',
    );
  }
}

/** Names and codes only: messages of PostgreSQL may quote a row. */
function factsOf(error: unknown): { readonly error: string; readonly code: string | undefined } {
  const { error: name, code } = failureFields(error);
  return { error: name, code };
}

function nameOf(error: unknown): string {
  const { error: name, code } = factsOf(error);
  return code === undefined ? name : `${name} ${code}`;
}
