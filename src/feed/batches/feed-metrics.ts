import { Injectable } from '@nestjs/common';
import { Gauge, Registry } from 'prom-client';

import { Clock, SharedReading } from '../../common';
import { Feeds } from './feeds.service';

const GAUGES = {
  position: ['bulk_feed_position', 'Number of the last batch of a feed.'],
  lag: ['bulk_feed_lag_seconds', "From a feed's watermark to now."],
  age: ['bulk_feed_last_batch_age_seconds', 'From the last batch of a feed to now.'],
  rejected: ['bulk_feed_rejected_lines', 'Rejected lines of the batches of a feed on record.'],
} as const;

/** Of a feed; `lag` is undefined while it has told no watermark. */
type Figures = Readonly<Record<keyof typeof GAUGES, number | undefined>>;

/** Figures of feeds, read when somebody asks for the metrics. */
@Injectable()
export class FeedMetrics {
  /** All gauges are asked at the same time: one reading serves them. */
  private readonly figures = new SharedReading(() => this.read());

  constructor(
    private readonly feeds: Feeds,
    private readonly clock: Clock,
    metrics: Registry,
  ) {
    for (const figure of Object.keys(GAUGES) as (keyof typeof GAUGES)[]) {
      const [name, help] = GAUGES[figure];
      const labelNames = ['feed'] as const;
      const gauge: Gauge<'feed'> = new Gauge({
        ...{ name, help, labelNames, registers: [metrics] },
        collect: async () => {
          // Without PostgreSQL these figures are left out, and the others are given.
          const figures = await this.figures.get().catch(() => undefined);
          gauge.reset();
          for (const [feed, { [figure]: value }] of figures ?? []) {
            if (value !== undefined) gauge.set({ feed }, value);
          }
        },
      });
    }
  }

  private async read(): Promise<ReadonlyMap<string, Figures>> {
    const figures = new Map<string, Figures>();
    for (const { name, position, upTo, lastBatchAt } of await this.feeds.list()) {
      figures.set(name, {
        position: Number(position),
        lag: upTo && this.secondsSince(upTo),
        age: this.secondsSince(lastBatchAt),
        rejected: await this.feeds.rejectedCount(name),
      });
    }
    return figures;
  }

  private secondsSince(instant: Date): number {
    return (this.clock.now().getTime() - instant.getTime()) / 1000;
  }
}
