import { Clock } from '../../src/common';

/** The real time plus an offset that a test chooses. */
export class TestClock extends Clock {
  private offset = 0;

  override now(): Date {
    return new Date(Date.now() + this.offset);
  }

  /** Moves the clock forward by so many seconds. */
  advance(seconds: number): void {
    this.offset += seconds * 1000;
  }
}
