import { Inject, Injectable, Logger } from '@nestjs/common';

import { type Config, CONFIG } from '../../config';
import type { ClaimedPart } from '../record/job-record';
import { PartRecords, type PartResult } from '../record/part-records.service';
import { ClosingError, OvertakenError } from './attempt.errors';
import { PartCopy } from './part-copy.service';
import { badRows, brokenPart } from './part-failure';
import { PartLease } from './part-lease';
import { retryDelay } from './retry-delay';

/** Extracts one part: claim, copy, commit. */
@Injectable()
export class PartExtractor {
  private readonly logger = new Logger(PartExtractor.name);

  constructor(
    private readonly records: PartRecords,
    private readonly parts: PartCopy,
    @Inject(CONFIG) private readonly config: Config,
  ) {}

  /**
   * Works on the part if it is still to be done. Idempotent: a part that is done, cancelled or in
   * other hands is left alone. Whatever goes wrong, the attempt's bytes are removed or committed.
   *
   * @param closing aborted when the process shuts down: the part is handed back
   */
  async extract(partId: string, closing: AbortSignal): Promise<void> {
    const part = await this.records.claim(partId, this.config.worker.lease);
    if (!part) return;
    const lease = new PartLease(part, this.records, this.config.worker.lease);
    const signal = AbortSignal.any([closing, lease.signal]);
    const written: string[] = [];
    try {
      const copied = await this.parts.copy(part, lease, signal, written);
      await lease.stop();
      const failure = copied.badRows > 0 ? badRows(part, copied.badRows) : undefined;
      await this.commit(part, { state: 'completed', files: copied.files, failure });
    } catch (error) {
      await lease.stop();
      await this.parts.remove(written);
      // What an interrupted step throws is its own affair; why it was interrupted counts.
      await this.handleFailure(part, signal.aborted ? signal.reason : error);
    }
  }

  private async commit(part: ClaimedPart, result: PartResult): Promise<void> {
    const committed = await this.records.commit(part, result, this.config.export.retention);
    if (!committed) throw new OvertakenError();
  }

  private async handleFailure(part: ClaimedPart, error: unknown): Promise<void> {
    if (error instanceof OvertakenError) return;
    if (error instanceof ClosingError) {
      await this.records.giveBack(part, 0, false);
      return;
    }
    this.log(part, error);
    if (part.attempts < this.config.worker.maxAttempts) {
      await this.records.giveBack(part, retryDelay(part.attempts), true);
      return;
    }
    // The part stays broken: its failure becomes a line in the error file (ER-03).
    const failure = brokenPart(part, error, await this.parts.count(part));
    await this.records.commit(part, { state: 'failed', failure }, this.config.export.retention);
  }

  /** Names and codes only: messages of PostgreSQL may quote a row. */
  private log({ id, jobId, type, attempts }: ClaimedPart, error: unknown): void {
    const { name, code, cause } = error as {
      name?: string;
      code?: unknown;
      cause?: { code?: unknown };
    };
    this.logger.warn(
      { jobId, partId: id, type, attempts, error: name, code: code ?? cause?.code },
      'an attempt at a part failed',
    );
  }
}
