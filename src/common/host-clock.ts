import { Injectable } from '@nestjs/common';

/** What this host's clocks show; tests put others in their place. Decides nothing that lasts. */
@Injectable()
export class HostClock {
  /** The time of day, in milliseconds since 1970. */
  now(): number {
    return Date.now();
  }

  /** Milliseconds that have passed since some moment; never steps. */
  elapsed(): number {
    return performance.now();
  }
}
