import type { ClaimedPart } from '../record/job-record';
import type { PartRecords } from '../record/part-records.service';
import { OvertakenError } from './attempt.errors';

/** How often the record is asked: a cancelled job must stop within two seconds. */
const HEARTBEAT_MILLISECONDS = 800;

/**
 * Keeps a claimed part this worker's: prolongs the lease, notes the progress, and aborts `signal`
 * as soon as the record says that the part is somebody else's, or the lease may have run out unseen.
 */
export class PartLease {
  private readonly controller = new AbortController();
  private readonly timer: NodeJS.Timeout;
  private beat: Promise<void> = Promise.resolve();
  private beating = false;
  private heldUntil: number;
  private writtenBytes = (): number => 0;

  /** @param seconds the length of the lease */
  constructor(
    private readonly part: ClaimedPart,
    private readonly records: PartRecords,
    private readonly seconds: number,
  ) {
    this.heldUntil = performance.now() + seconds * 1000;
    this.timer = setInterval(() => {
      this.tick();
    }, HEARTBEAT_MILLISECONDS);
  }

  /** Aborted with an OvertakenError. */
  get signal(): AbortSignal {
    return this.controller.signal;
  }

  /** Tells where the number of bytes written so far comes from. */
  measure(writtenBytes: () => number): void {
    this.writtenBytes = writtenBytes;
  }

  /** Ends the heartbeat; the part keeps its lease. */
  async stop(): Promise<void> {
    clearInterval(this.timer);
    await this.beat;
  }

  private tick(): void {
    if (performance.now() > this.heldUntil) this.lose();
    if (this.beating) return;
    this.beating = true;
    this.beat = this.ask().finally(() => {
      this.beating = false;
    });
  }

  private async ask(): Promise<void> {
    const asked = performance.now();
    try {
      const held = await this.records.heartbeat(this.part, this.seconds, this.writtenBytes());
      if (held) this.heldUntil = asked + this.seconds * 1000;
      else this.lose();
    } catch {
      // The database does not answer now. The lease decides: it is lost when it has run out.
    }
  }

  private lose(): void {
    clearInterval(this.timer);
    this.controller.abort(new OvertakenError());
  }
}
