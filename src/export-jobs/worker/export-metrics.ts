import { Injectable } from '@nestjs/common';
import { Counter, Histogram, Registry } from 'prom-client';

const SECONDS = {
  exports: [1, 5, 15, 60, 300, 900, 3600, 14_400, 43_200, 86_400],
  parts: [0.1, 0.5, 1, 5, 15, 60, 300, 900, 3600],
};

/** Raw figures of the exports that this worker plans and reads. */
@Injectable()
export class ExportMetrics {
  readonly exports: Histogram<'state'>;
  readonly parts: Histogram<'state'>;
  readonly failedPlans: Counter<'error'>;
  readonly failedAttempts: Counter<'error' | 'outcome'>;
  readonly bytes: Counter<'type'>;
  readonly resources: Counter<'type'>;

  constructor(metrics: Registry) {
    const registers = [metrics];
    this.exports = new Histogram({
      name: 'bulk_export_duration_seconds',
      help: 'From the kick-off to the end of exports, by the state that they ended in.',
      ...{ labelNames: ['state'], buckets: SECONDS.exports, registers },
    });
    this.parts = new Histogram({
      name: 'bulk_part_duration_seconds',
      help: 'The attempts that ended parts, by the state that they ended in.',
      ...{ labelNames: ['state'], buckets: SECONDS.parts, registers },
    });
    // Prometheus sees no increase in what was not there before.
    for (const state of ['completed', 'failed']) this.exports.zero({ state });
    for (const state of ['completed', 'failed']) this.parts.zero({ state });
    this.failedPlans = new Counter({
      name: 'bulk_planning_attempts_failed_total',
      help: 'Attempts at planning exports that failed, by the error.',
      ...{ labelNames: ['error'], registers },
    });
    this.failedAttempts = new Counter({
      name: 'bulk_part_attempts_failed_total',
      help: 'Attempts at parts that failed, by the error, and whether the part was tried again.',
      ...{ labelNames: ['error', 'outcome'], registers },
    });
    this.bytes = new Counter({
      name: 'bulk_exported_bytes_total',
      help: 'NDJSON that parts have given, in bytes.',
      ...{ labelNames: ['type'], registers },
    });
    this.resources = new Counter({
      name: 'bulk_exported_resources_total',
      help: 'Lines that parts have given.',
      ...{ labelNames: ['type'], registers },
    });
  }
}
