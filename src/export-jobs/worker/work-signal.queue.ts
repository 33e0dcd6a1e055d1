import { InjectQueue } from '@nestjs/bull';
import { Injectable, Logger } from '@nestjs/common';
import type { Queue } from 'bull';

import { logConnectionErrors, sendWithin } from '../../common';
import { PARTS_QUEUE, PLANNING_QUEUE } from './queues';

/** Signals that wait at most: each wakes one worker, who goes on while there is work. */
export const MAX_SIGNALS = 100;

/**
 * Signals the workers that there is work. A signal names none, so any worker may take it and do what is
 * due next. It may be lost, or be one too many; sending never fails.
 */
@Injectable()
export class WorkSignal {
  private readonly logger = new Logger(WorkSignal.name);

  constructor(
    @InjectQueue(PLANNING_QUEUE) private readonly planning: Queue,
    @InjectQueue(PARTS_QUEUE) private readonly parts: Queue,
  ) {
    for (const queue of [planning, parts]) logConnectionErrors(queue, this.logger);
  }

  /** A job can be planned. @returns whether the signal was sent in time */
  signalPlanner(): Promise<boolean> {
    return this.signal(this.planning, 1);
  }

  /** So many claims of parts can be made. @returns whether the signals were sent in time */
  signalWorkers(claims: number): Promise<boolean> {
    return this.signal(this.parts, claims);
  }

  private signal(queue: Queue, work: number): Promise<boolean> {
    return sendWithin(send(queue, Math.min(work, MAX_SIGNALS)), queue, this.logger);
  }
}

/** Signals that wait count: who takes them will find the new work, too. */
async function send(queue: Queue, wanted: number): Promise<void> {
  const missing = wanted - (await queue.getWaitingCount());
  if (missing <= 0) return;
  const signal = { data: {}, opts: { removeOnComplete: true, removeOnFail: true } };
  await queue.addBulk(Array.from({ length: missing }, () => signal));
}
