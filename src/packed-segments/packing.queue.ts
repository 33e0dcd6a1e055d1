import { InjectQueue } from '@nestjs/bull';
import { Injectable, Logger } from '@nestjs/common';
import type { Queue } from 'bull';

import type { ResourceType } from '@app/fhir';

/** Bull queue of bells for packing; the id is a resource type. */
export const PACKING_QUEUE = 'packed-segments';

/** How long a caller waits for Redis; the next round rings again. */
const RING_MILLISECONDS = 2000;

export interface PackingBell {
  readonly id: ResourceType;
}

/** Rings for types whose segments may need packing. A bell is a hint: it may be lost, or ring twice. */
@Injectable()
export class PackingBells {
  private readonly logger = new Logger(PackingBells.name);

  constructor(@InjectQueue(PACKING_QUEUE) private readonly queue: Queue<PackingBell>) {
    // Without a listener a lost Redis would end the process.
    queue.on('error', (error: Error & { code?: string }) => {
      this.logger.warn({ code: error.code ?? error.name }, 'the packing queue is out of reach');
    });
  }

  /** Rings once for each type, unless earlier bells still wait to be heard. Never fails. */
  async ring(types: readonly ResourceType[]): Promise<void> {
    const ringing = this.add(types);
    // An unreachable Redis neither accepts nor refuses: the wait must end by itself.
    let timer: NodeJS.Timeout | undefined;
    const patience = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, RING_MILLISECONDS);
    });
    try {
      await Promise.race([ringing, patience]);
    } catch (error) {
      const name = error instanceof Error ? error.name : typeof error;
      this.logger.warn({ error: name }, 'bells for packing were lost');
    } finally {
      clearTimeout(timer);
    }
    ringing.catch(() => undefined);
  }

  private async add(types: readonly ResourceType[]): Promise<void> {
    if ((await this.queue.getWaitingCount()) > 0) return;
    const opts = { removeOnComplete: true, removeOnFail: true };
    await this.queue.addBulk(types.map((type) => ({ data: { id: type }, opts })));
  }
}
