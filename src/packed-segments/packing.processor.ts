import { InjectQueue } from '@nestjs/bull';
import {
  type BeforeApplicationShutdown,
  Inject,
  Injectable,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import type { Job, Queue } from 'bull';

import { endUnheard } from '../common';
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
    const { signal } = this.closing;
    const pack = ({ data }: Job<PackingBell>): Promise<unknown> => {
      this.work = this.packer.pack(data.id, signal);
      return this.work;
    };
    endUnheard(this.queue.process(1, pack), signal);
  }

  async beforeApplicationShutdown(): Promise<void> {
    this.closing.abort(new Error('The worker is closing.'));
    await this.work.catch(() => undefined);
  }
}
