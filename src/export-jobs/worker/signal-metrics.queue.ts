import { InjectQueue } from '@nestjs/bull';
import { Injectable } from '@nestjs/common';
import type { Queue } from 'bull';
import { Gauge, Registry } from 'prom-client';

import { PARTS_QUEUE, PLANNING_QUEUE } from './queues';

/** While Redis is away its answer may be hours off. */
const PATIENCE_MILLISECONDS = 1000;

/** Signals that no worker has taken, as Redis has them when the metrics are asked for. */
@Injectable()
export class SignalMetrics {
  constructor(
    @InjectQueue(PLANNING_QUEUE) planning: Queue,
    @InjectQueue(PARTS_QUEUE) parts: Queue,
    metrics: Registry,
  ) {
    new Gauge({
      name: 'bulk_queue_signals',
      help: 'Signals to workers that nobody has taken, by queue.',
      labelNames: ['queue'],
      registers: [metrics],
      async collect() {
        this.reset();
        for (const queue of [planning, parts]) {
          const waiting = await inTime(queue.getWaitingCount());
          if (waiting === undefined) return;
          this.set({ queue: queue.name }, waiting);
        }
      },
    });
  }
}

/** @returns undefined when Redis does not answer in time, or not well */
async function inTime(asked: Promise<number>): Promise<number | undefined> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<undefined>((resolve) => {
    timer = setTimeout(resolve, PATIENCE_MILLISECONDS, undefined);
  });
  return Promise.race([asked.catch(() => undefined), late]).finally(() => {
    clearTimeout(timer);
  });
}
