import { Injectable } from '@nestjs/common';
import { Counter, Gauge, Registry } from 'prom-client';

/** What each follower does, by its feed. */
@Injectable()
export class FollowerMetrics {
  readonly isActive: Gauge<'feed'>;
  readonly sourceUp: Gauge<'feed'>;
  readonly withheld: Gauge<'feed' | 'type'>;
  readonly leftOut: Counter<'feed' | 'type'>;

  constructor(metrics: Registry) {
    const registers = [metrics];
    const labelNames = ['feed'] as const;
    this.isActive = new Gauge({
      name: 'bulk_follower_active',
      help: '1 in the process that follows the source, 0 in those that stand by.',
      ...{ labelNames, registers },
    });
    this.sourceUp = new Gauge({
      name: 'bulk_follower_source_up',
      help: '1 after the source was read and taken in, 0 after that failed.',
      ...{ labelNames, registers },
    });
    this.withheld = new Gauge({
      name: 'bulk_follower_withheld_deletions',
      help: 'Deletions that the last comparison of ids found and did not carry out: too many at once.',
      ...{ labelNames: ['feed', 'type'], registers },
    });
    this.leftOut = new Counter({
      name: 'bulk_follower_left_out_total',
      help: 'Times that the source gave a resource that is not of the type and id under which it came.',
      ...{ labelNames: ['feed', 'type'], registers },
    });
  }
}
