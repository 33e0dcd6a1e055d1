import { Injectable } from '@nestjs/common';
import { type HealthIndicatorResult, HealthIndicatorService } from '@nestjs/terminus';

import { Clock } from '../common';

/** Whether the host's clock agrees with the service's, and by how many seconds it is ahead. */
@Injectable()
export class ClockIndicator {
  constructor(
    private readonly indicators: HealthIndicatorService,
    private readonly clock: Clock,
  ) {}

  check(): HealthIndicatorResult {
    const indicator = this.indicators.check('clock');
    const { agrees, hostAhead } = this.clock;
    const seconds = hostAhead === undefined ? undefined : Number(hostAhead.toFixed(1));
    return agrees ? indicator.up({ seconds }) : indicator.down({ seconds });
  }
}
