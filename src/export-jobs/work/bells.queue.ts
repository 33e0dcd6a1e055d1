import { InjectQueue } from '@nestjs/bull';
import { Injectable, Logger } from '@nestjs/common';
import type { Queue } from 'bull';

import { isHeard, surviveLosses } from '../../common';
import { PARTS_QUEUE, PLANNING_QUEUE } from './queues';

/** Bells that wait to be heard at most: each wakes one worker, who goes on while there is work. */
export const MAX_BELLS = 100;

/**
 * Rings the workers: there is work. A bell names none, so any worker may take it and do what is due
 * next. It may be lost, or ring for nothing; ringing never fails.
 */
@Injectable()
export class Bells {
  private readonly logger = new Logger(Bells.name);

  constructor(
    @InjectQueue(PLANNING_QUEUE) private readonly planning: Queue,
    @InjectQueue(PARTS_QUEUE) private readonly parts: Queue,
  ) {
    for (const queue of [planning, parts]) surviveLosses(queue, this.logger);
  }

  /** A job can be planned. @returns whether the bell was heard in time */
  ringPlanner(): Promise<boolean> {
    return this.ring(this.planning, 1);
  }

  /** So many parts can be worked on. @returns whether the bells were heard in time */
  ringWorkers(parts: number): Promise<boolean> {
    return this.ring(this.parts, parts);
  }

  private ring(queue: Queue, work: number): Promise<boolean> {
    return isHeard(ringFor(queue, Math.min(work, MAX_BELLS)), queue, this.logger);
  }
}

/** Bells that nobody has heard yet count: whoever hears them will find the new work too. */
async function ringFor(queue: Queue, wanted: number): Promise<void> {
  const missing = wanted - (await queue.getWaitingCount());
  if (missing <= 0) return;
  const bell = { data: {}, opts: { removeOnComplete: true, removeOnFail: true } };
  await queue.addBulk(Array.from({ length: missing }, () => bell));
}
