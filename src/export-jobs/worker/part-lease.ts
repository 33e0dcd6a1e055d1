import type { ClaimedPart } from '../persistence/job-record';
import type { AttemptProgress, PartRecords } from '../persistence/part-records.service';
import type { PartStep } from '../persistence/part.entity';
import { Lease } from './lease';

/** What an attempt tells of itself. */
export interface AttemptReport {
  /** Tells where the number of bytes written so far comes from. */
  measure(writtenBytes: () => number): void;
  /** Tells what is waited for, or done, from now on. */
  enter(name: PartStep): void;
}

/** The lease of parts that were claimed together: each heartbeat also notes their progress. */
export class PartLease {
  private readonly lease: Lease;
  /** By the ids of the parts. */
  private readonly held: Map<string, { readonly part: ClaimedPart; readonly progress: Progress }>;

  /** @param seconds the length of the lease */
  constructor(
    parts: readonly [ClaimedPart, ...ClaimedPart[]],
    private readonly records: PartRecords,
    private readonly seconds: number,
  ) {
    this.held = new Map(parts.map((part) => [part.id, { part, progress: new Progress() }]));
    const [{ jobId, id: partId }] = parts;
    this.lease = new Lease(seconds, () => this.prolong(), { jobId, partId });
  }

  /** Aborted with an OvertakenError, when any part is lost. */
  get signal(): AbortSignal {
    return this.lease.signal;
  }

  /** Of a part that is held. */
  reportOf({ id }: ClaimedPart): AttemptReport {
    return this.held.get(id)?.progress ?? new Progress();
  }

  /** Prolongs nothing of these parts any more: they are committed, or handed back. */
  letGo(parts: readonly ClaimedPart[]): void {
    for (const { id } of parts) this.held.delete(id);
  }

  /** Ends the heartbeat; the parts keep their lease. */
  stop(): Promise<void> {
    return this.lease.stop();
  }

  private async prolong(): Promise<boolean> {
    for (const { part, progress } of this.held.values()) {
      const isOurs = await this.records.heartbeat(part, this.seconds, progress.now());
      // It may have been let go while its heartbeat was on its way.
      if (!isOurs && this.held.has(part.id)) return false;
    }
    return true;
  }
}

class Progress implements AttemptReport {
  private writtenBytes = (): number => 0;
  private step: { readonly name: PartStep; readonly since: number } | undefined;

  measure(writtenBytes: () => number): void {
    this.writtenBytes = writtenBytes;
  }

  enter(name: PartStep): void {
    this.step = { name, since: performance.now() };
  }

  now(): AttemptProgress {
    const { step } = this;
    const seconds = step && (performance.now() - step.since) / 1000;
    return {
      bytes: this.writtenBytes(),
      step: step && seconds !== undefined ? { name: step.name, seconds } : undefined,
    };
  }
}
