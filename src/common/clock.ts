import { Injectable } from '@nestjs/common';

import { HostClock } from './host-clock';

/** What the service's clock showed, in milliseconds since 1970. */
export interface ClockReading {
  readonly time: number;
  /** No earlier than any instant that the clinical store has given. */
  readonly present: number;
  /** When it was asked for, by `performance.now()`. */
  readonly askedAt: number;
  /** By how many seconds the host's clock may differ. */
  readonly bound: number;
}

/**
 * The service's clock, as read from PostgreSQL a second ago at most and carried on by measured time: all
 * processes see the same, whatever their hosts' clocks show. Until it was read, the host's stands in.
 */
@Injectable()
export class Clock {
  private reading: ClockReading | undefined;

  constructor(protected readonly host: HostClock) {}

  now(): Date {
    return new Date(this.carriedOn('time'));
  }

  /** For reading what is stored as it is now: nothing that was written already lies after it. */
  present(): Date {
    return new Date(Math.max(this.carriedOn('time'), this.carriedOn('present')));
  }

  /** By how many seconds the host's clock is ahead; undefined until the service's clock was read. */
  get hostAhead(): number | undefined {
    return this.reading && (this.host.now() - this.carriedOn('time')) / 1000;
  }

  /** Whether the host's clock agrees with the service's: only then may this process destroy anything. */
  get agrees(): boolean {
    const { hostAhead, reading } = this;
    return hostAhead !== undefined && Math.abs(hostAhead) <= (reading?.bound ?? 0);
  }

  set(reading: ClockReading): void {
    this.reading = reading;
  }

  private carriedOn(which: 'time' | 'present'): number {
    if (!this.reading) return this.host.now();
    return this.reading[which] + performance.now() - this.reading.askedAt;
  }
}
