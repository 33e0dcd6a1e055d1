import { Inject, Injectable } from '@nestjs/common';

import { type Config, CONFIG } from '../../config';
import type { ClaimedPart } from '../persistence/job-record';
import { type EndedPart, type JobEnd, PartRecords } from '../persistence/part-records.service';
import { abandonAfterAbort } from './abandon-after-abort';
import { attemptError } from './attempt-error';
import { ClosingError, OvertakenError } from './attempt.errors';
import { ExportEvents } from './export-events.service';
import { nextAttempt } from './next-attempt';
import { type Copied, PartCopy } from './part-copy.service';
import { badRows, brokenPart, costlyPart, isLasting } from './part-failure';

/** How long removing an attempt's files may take; the sweeper removes them otherwise. */
const CLEAR_UP_MILLISECONDS = 5000;

/** A part, and when this process has begun with it. */
export type BegunPart = ClaimedPart & { readonly begun: number };

/** A part that waits for its commit. */
export interface CopiedPart {
  readonly part: BegunPart;
  readonly copied: Copied;
}

/** How attempts end: commits, parts that are handed back, parts that stay broken. */
@Injectable()
export class PartEnds {
  constructor(
    private readonly records: PartRecords,
    private readonly copies: PartCopy,
    private readonly events: ExportEvents,
    @Inject(CONFIG) private readonly config: Config,
  ) {}

  /**
   * Commits parts of one job in one transaction; files of those that were overtaken are removed. None: nothing.
   *
   * @param signal why the claim ends, if it does
   * @returns the end of the job, when these were its last parts
   */
  async commit(copied: readonly CopiedPart[], signal: AbortSignal): Promise<JobEnd | undefined> {
    try {
      const committed = await this.record(copied.map(endOf));
      const overtaken = copied.filter(({ part }) => !committed.parts.has(part.id));
      await this.clearUp(overtaken.flatMap(filesOf), signal);
      return committed.jobEnded;
    } catch (error) {
      // The commit may be done, and only its answer lost: the files are then the export's. Whether they
      // are, the sweeper reads in the records; and a part that is committed is not handed back.
      const reason: unknown = signal.aborted ? signal.reason : error;
      return this.failAll(
        copied.map(({ part }) => part),
        reason,
      );
    }
  }

  /** Ends attempts at parts of one job that have failed. @returns as `commit` */
  async failAll(parts: readonly BegunPart[], error: unknown): Promise<JobEnd | undefined> {
    let jobEnded: JobEnd | undefined;
    for (const part of parts) jobEnded = (await this.fail(part, error)) ?? jobEnded;
    return jobEnded;
  }

  /** Hands parts back that this process has not begun with. */
  async handBack(parts: readonly ClaimedPart[]): Promise<void> {
    for (const part of parts) {
      await this.records.giveBack(part, { delay: 0, countsAsAttempt: false });
    }
  }

  /** Best effort. @param signal aborted when there is no time for it */
  async clearUp(written: readonly string[], signal: AbortSignal): Promise<void> {
    const patience = AbortSignal.any([signal, AbortSignal.timeout(CLEAR_UP_MILLISECONDS)]);
    await abandonAfterAbort(this.copies.remove(written), patience).catch(() => undefined);
  }

  private async fail(part: BegunPart, error: unknown): Promise<JobEnd | undefined> {
    if (error instanceof OvertakenError) return undefined;
    if (error instanceof ClosingError) {
      await this.handBack([part]);
      return undefined;
    }
    const next = isLasting(error)
      ? undefined
      : nextAttempt(error, part.attempts, this.config.worker.maxAttempts);
    this.events.attemptFailed(part, error, next !== undefined);
    if (next) {
      await this.records.giveBack(part, { ...next, error: attemptError(error).text });
      return undefined;
    }
    // The part stays broken: its failure becomes a line in the error file (ER-03).
    const missing = isLasting(error) ? undefined : await this.copies.count(part);
    const failure = isLasting(error) ? costlyPart(part) : brokenPart(part, error, missing);
    const end = { part, result: { state: 'failed', failure, missing } } as const;
    return (await this.record([end])).jobEnded;
  }

  private async record(
    ends: readonly (EndedPart & { readonly part: BegunPart })[],
  ): Promise<{ readonly parts: ReadonlySet<string>; readonly jobEnded: JobEnd | undefined }> {
    const [first, ...others] = ends;
    if (!first) return { parts: new Set(), jobEnded: undefined };
    const committed = await this.records.commit([first, ...others], this.config.export.retention);
    for (const { part, result } of ends) {
      if (!committed.parts.has(part.id)) continue;
      this.events.partEnded(part, result, (performance.now() - part.begun) / 1000);
    }
    const { jobEnded } = committed;
    if (jobEnded) this.events.exportEnded({ ...first.part, id: first.part.jobId }, jobEnded);
    return committed;
  }
}

function endOf({ part, copied: { files, badRows: missing } }: CopiedPart): EndedPart & {
  readonly part: BegunPart;
} {
  const failure = missing.count > 0 ? badRows(part, missing) : undefined;
  return { part, result: { state: 'completed', files, failure, missing: missing.count } };
}

function filesOf({ copied: { files } }: CopiedPart): readonly string[] {
  return files.map(({ storageKey }) => storageKey);
}
