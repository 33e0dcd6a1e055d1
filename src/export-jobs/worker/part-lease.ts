import type { ClaimedPart } from '../persistence/job-record';
import type { AttemptProgress, PartRecords } from '../persistence/part-records.service';
import type { PartStep } from '../persistence/part.entity';
import { Lease } from './lease';

/** The lease of a part: each heartbeat also notes the progress. */
export class PartLease {
  private readonly lease: Lease;
  private writtenBytes = (): number => 0;
  private step: { readonly name: PartStep; readonly since: number } | undefined;

  /** @param seconds the length of the lease */
  constructor(part: ClaimedPart, records: PartRecords, seconds: number) {
    const about = { jobId: part.jobId, partId: part.id };
    this.lease = new Lease(seconds, () => records.heartbeat(part, seconds, this.progress()), about);
  }

  /** Aborted with an OvertakenError. */
  get signal(): AbortSignal {
    return this.lease.signal;
  }

  /** Tells where the number of bytes written so far comes from. */
  measure(writtenBytes: () => number): void {
    this.writtenBytes = writtenBytes;
  }

  /** Tells what is waited for, or done, from now on. */
  enter(name: PartStep): void {
    this.step = { name, since: performance.now() };
  }

  /** Ends the heartbeat; the part keeps its lease. */
  stop(): Promise<void> {
    return this.lease.stop();
  }

  private progress(): AttemptProgress {
    const { step } = this;
    const seconds = step && (performance.now() - step.since) / 1000;
    return {
      bytes: this.writtenBytes(),
      step: step && seconds !== undefined ? { name: step.name, seconds } : undefined,
    };
  }
}
