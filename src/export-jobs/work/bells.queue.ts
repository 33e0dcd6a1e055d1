import { InjectQueue } from '@nestjs/bull';
import { Injectable, Logger } from '@nestjs/common';
import type { Queue } from 'bull';

import { type Bell, PARTS_QUEUE, PLANNING_QUEUE } from './queues';

/** How long a caller waits for Redis. The record is written already; the reconciler rings again. */
const RING_MILLISECONDS = 2000;

/**
 * Rings the workers. A bell may be lost, or ring twice: it is only a hint to look at a record, so
 * ringing never fails.
 */
@Injectable()
export class Bells {
  private readonly logger = new Logger(Bells.name);

  constructor(
    @InjectQueue(PLANNING_QUEUE) private readonly planning: Queue<Bell>,
    @InjectQueue(PARTS_QUEUE) private readonly parts: Queue<Bell>,
  ) {
    for (const queue of [planning, parts]) {
      // Without a listener a lost Redis would end the process.
      queue.on('error', (error: Error & { code?: string }) => {
        this.logger.warn(
          { queue: queue.name, code: error.code ?? error.name },
          'the queue is out of reach',
        );
      });
    }
  }

  ringPlanner(jobId: string): Promise<void> {
    return this.ring(this.planning, [jobId]);
  }

  ringParts(partIds: readonly string[]): Promise<void> {
    return this.ring(this.parts, partIds);
  }

  private async ring(queue: Queue<Bell>, ids: readonly string[]): Promise<void> {
    const added = queue.addBulk(
      ids.map((id) => ({ data: { id }, opts: { removeOnComplete: true, removeOnFail: true } })),
    );
    // An unreachable Redis neither accepts nor refuses: the wait must end by itself.
    let timer: NodeJS.Timeout | undefined;
    const patience = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, RING_MILLISECONDS);
    });
    try {
      await Promise.race([added, patience]);
    } catch (error) {
      const name = error instanceof Error ? error.name : typeof error;
      this.logger.warn({ queue: queue.name, error: name }, 'a bell was lost');
    } finally {
      clearTimeout(timer);
    }
    added.catch(() => undefined);
  }
}
