import { InjectQueue } from '@nestjs/bull';
import {
  type BeforeApplicationShutdown,
  Inject,
  Injectable,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import type { Queue } from 'bull';

import { type Config, CONFIG } from '../../config';
import { ClosingError } from './attempt.errors';
import { Bells } from './bells.queue';
import { PartExtractor } from './part-extractor.service';
import { Planner } from './planner.service';
import { type Bell, PARTS_QUEUE, PLANNING_QUEUE } from './queues';

/**
 * The Bull processors: a bell for a job plans it, a bell for a part extracts it. They are registered
 * here and not by decorators because the number of parts at once is a setting.
 */
@Injectable()
export class ExportProcessor implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly closing = new AbortController();
  private readonly busy = new Set<Promise<void>>();

  // Nest asks for every dependency in the constructor.

  constructor(
    @InjectQueue(PLANNING_QUEUE) private readonly planning: Queue<Bell>,
    @InjectQueue(PARTS_QUEUE) private readonly parts: Queue<Bell>,
    @Inject(CONFIG) private readonly config: Config,
    private readonly planner: Planner,
    private readonly extractor: PartExtractor,
    private readonly bells: Bells,
  ) {}

  onApplicationBootstrap(): void {
    void this.planning.process(1, ({ data }) => this.track(this.plan(data.id)));
    void this.parts.process(this.config.worker.concurrency, ({ data }) =>
      this.track(this.extractor.extract(data.id, this.closing.signal)),
    );
  }

  /** True while this process works on nothing. */
  get idle(): boolean {
    return this.busy.size === 0;
  }

  /** Hands running parts back, so that a deployment neither waits for an export nor repeats it. */
  async beforeApplicationShutdown(): Promise<void> {
    this.closing.abort(new ClosingError());
    await Promise.allSettled(this.busy);
  }

  private async plan(jobId: string): Promise<void> {
    await this.bells.ringParts(await this.planner.plan(jobId, this.closing.signal));
  }

  private async track(work: Promise<void>): Promise<void> {
    this.busy.add(work);
    try {
      await work;
    } finally {
      this.busy.delete(work);
    }
  }
}
