import { Clock } from '../../src/common';

/** The real time plus an offset that a test chooses. */
export class TestClock extends Clock {
  private offset = 0;
  private stoppedAt: number | undefined;

  override now(): Date {
    return new Date((this.stoppedAt ?? Date.now()) + this.offset);
  }

  /** Stops the clock, but for `advance`: for tests of limits to the second. */
  stop(): void {
    this.stoppedAt = Date.now();
  }

  /** Moves the clock forward by so many seconds. */
  advance(seconds: number): void {
    this.offset += seconds * 1000;
  }
}
