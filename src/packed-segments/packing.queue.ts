import { InjectQueue } from '@nestjs/bull';
import { Injectable, Logger } from '@nestjs/common';
import type { Queue } from 'bull';

import type { ResourceType } from '@app/fhir';

import { isHeard, surviveLosses } from '../common';

/** Bull queue of bells for packing; the id is a resource type. */
export const PACKING_QUEUE = 'packed-segments';

export interface PackingBell {
  readonly id: ResourceType;
}

/** Rings for types whose segments may need packing. A bell is a hint: it may be lost, or ring twice. */
@Injectable()
export class PackingBells {
  private readonly logger = new Logger(PackingBells.name);

  constructor(@InjectQueue(PACKING_QUEUE) private readonly queue: Queue<PackingBell>) {
    surviveLosses(queue, this.logger);
  }

  /** Rings once for each type, unless earlier bells still wait to be heard. Never fails. */
  async ring(types: readonly ResourceType[]): Promise<void> {
    await isHeard(this.add(types), this.queue, this.logger);
  }

  private async add(types: readonly ResourceType[]): Promise<void> {
    if ((await this.queue.getWaitingCount()) > 0) return;
    const opts = { removeOnComplete: true, removeOnFail: true };
    await this.queue.addBulk(types.map((type) => ({ data: { id: type }, opts })));
  }
}
