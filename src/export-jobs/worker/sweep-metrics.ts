import { Injectable } from '@nestjs/common';
import { Counter, Gauge, Registry } from 'prom-client';

/** Raw counts of the sweeper; whether they are good or bad is for alerts to say. */
@Injectable()
export class SweepMetrics {
  readonly expired: Counter;
  readonly swept: Counter;
  readonly lastSuccess: Gauge;

  constructor(metrics: Registry) {
    const registers = [metrics];
    this.expired = new Counter({
      name: 'bulk_exports_expired_total',
      help: 'Exports whose files were withdrawn because their time was over.',
      registers,
    });
    this.swept = new Counter({
      name: 'bulk_exports_swept_total',
      help: 'Finished exports whose storage was gone over.',
      registers,
    });
    this.lastSuccess = new Gauge({
      name: 'bulk_sweep_last_success_timestamp_seconds',
      help: 'Unix time of the last round of the sweeper that ended well.',
      registers,
    });
  }
}
