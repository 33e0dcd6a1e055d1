import type { ClaimedPart } from '../persistence/job-record';
import type { PartRecords } from '../persistence/part-records.service';
import { Lease } from './lease';

/** The lease of a part: each heartbeat also notes the progress. */
export class PartLease {
  private readonly lease: Lease;
  private writtenBytes = (): number => 0;

  /** @param seconds the length of the lease */
  constructor(part: ClaimedPart, records: PartRecords, seconds: number) {
    this.lease = new Lease(seconds, () => records.heartbeat(part, seconds, this.writtenBytes()), {
      jobId: part.jobId,
      partId: part.id,
    });
  }

  /** Aborted with an OvertakenError. */
  get signal(): AbortSignal {
    return this.lease.signal;
  }

  /** Tells where the number of bytes written so far comes from. */
  measure(writtenBytes: () => number): void {
    this.writtenBytes = writtenBytes;
  }

  /** Ends the heartbeat; the part keeps its lease. */
  stop(): Promise<void> {
    return this.lease.stop();
  }
}
