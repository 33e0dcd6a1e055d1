import { Logger } from '@nestjs/common';

import { failureFields } from '../../common';
import { onReserve } from '../../database';
import { OvertakenError } from './attempt.errors';

/** How often the record is asked: work on a cancelled job must stop within two seconds. */
const HEARTBEAT_MILLISECONDS = 700;

/**
 * Keeps what this process has claimed: prolongs the lease, and aborts `signal` as soon as the record
 * says that somebody else has it or that it is gone, or when the lease may have run out unseen.
 */
export class Lease {
  private readonly logger = new Logger(Lease.name);
  private readonly controller = new AbortController();
  private readonly timer: NodeJS.Timeout;
  private beat: Promise<void> = Promise.resolve();
  private beating = false;
  private unanswered = 0;
  private heldUntil: number;

  /**
   * @param seconds the length of the lease
   * @param prolong asks the record; false when the claim is lost
   * @param about what is claimed, for the log
   */
  constructor(
    private readonly seconds: number,
    private readonly prolong: () => Promise<boolean>,
    private readonly about: Readonly<Record<string, string>>,
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

  /** Ends the heartbeat; the claim keeps its lease. */
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
      if (await onReserve(this.prolong)) this.heldUntil = asked + this.seconds * 1000;
      else this.lose();
      this.unanswered = 0;
    } catch (error) {
      // The lease decides: it is lost when it has run out.
      this.unanswered += 1;
      if (this.unanswered > 1) return;
      this.logger.warn({ ...this.about, ...failureFields(error) }, 'a heartbeat failed');
    }
  }

  private lose(): void {
    clearInterval(this.timer);
    this.controller.abort(new OvertakenError());
  }
}
