import { InjectQueue } from '@nestjs/bull';
import {
  type BeforeApplicationShutdown,
  Inject,
  Injectable,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import type { Queue } from 'bull';

import { type Config, CONFIG } from '../config';
import { isPacking } from './is-packing';
import { Packer } from './packer.service';
import { PACKING_QUEUE, type PackingBell } from './packing.queue';

/** The Bull processor: a bell for a type packs what is due of it, one bell at a time in each process. */
@Injectable()
export class PackingProcessor implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly closing = new AbortController();
  private work: Promise<unknown> = Promise.resolve();

  constructor(
    @InjectQueue(PACKING_QUEUE) private readonly queue: Queue<PackingBell>,
    @Inject(CONFIG) private readonly config: Config,
    private readonly packer: Packer,
  ) {}

  onApplicationBootstrap(): void {
    if (!isPacking(this.config)) return;
    void this.queue.process(1, ({ data }) => {
      this.work = this.packer.pack(data.id, this.closing.signal);
      return this.work;
    });
  }

  async beforeApplicationShutdown(): Promise<void> {
    this.closing.abort(new Error('The worker is closing.'));
    await this.work.catch(() => undefined);
  }
}
