import { InjectQueue } from '@nestjs/bull';
import { Injectable, Logger } from '@nestjs/common';
import type { Queue } from 'bull';

import type { ResourceType } from '@app/fhir';

import { logConnectionErrors, sendWithin } from '../common';

/** Bull queue of signals for packing; the id is a resource type. */
export const PACKING_QUEUE = 'packed-segments';

export interface PackingSignal {
  readonly id: ResourceType;
}

/** Signals types whose segments may need packing. A signal is a hint: it may be lost, or come twice. */
@Injectable()
export class PackingSignals {
  private readonly logger = new Logger(PackingSignals.name);

  constructor(@InjectQueue(PACKING_QUEUE) private readonly queue: Queue<PackingSignal>) {
    logConnectionErrors(queue, this.logger);
  }

  /** Sends a signal for each type, unless earlier ones still wait. Never fails. */
  async send(types: readonly ResourceType[]): Promise<void> {
    await sendWithin(this.add(types), this.queue, this.logger);
  }

  private async add(types: readonly ResourceType[]): Promise<void> {
    if ((await this.queue.getWaitingCount()) > 0) return;
    const opts = { removeOnComplete: true, removeOnFail: true };
    await this.queue.addBulk(types.map((type) => ({ data: { id: type }, opts })));
  }
}
