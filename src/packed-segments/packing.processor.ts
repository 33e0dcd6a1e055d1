import { Process, Processor } from '@nestjs/bull';
import { type BeforeApplicationShutdown, Inject } from '@nestjs/common';
import type { Job } from 'bull';

import { type Config, CONFIG } from '../config';
import { isPacking } from './is-packing';
import { Packer } from './packer.service';
import { PACKING_QUEUE, type PackingSignal } from './packing.queue';

/** Packs what is due of a type, one type at a time in each process. */
@Processor(PACKING_QUEUE)
export class PackingProcessor implements BeforeApplicationShutdown {
  private readonly closing = new AbortController();
  private work: Promise<unknown> = Promise.resolve();

  constructor(
    @Inject(CONFIG) private readonly config: Config,
    private readonly packer: Packer,
  ) {}

  @Process({ concurrency: 1 })
  async pack({ data }: Job<PackingSignal>): Promise<void> {
    if (!isPacking(this.config)) return;
    this.work = this.packer.pack(data.id, this.closing.signal);
    await this.work;
  }

  async beforeApplicationShutdown(): Promise<void> {
    this.closing.abort(new Error('The worker is closing.'));
    await this.work.catch(() => undefined);
  }
}
