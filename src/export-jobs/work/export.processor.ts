import { InjectQueue } from '@nestjs/bull';
import {
  type BeforeApplicationShutdown,
  Inject,
  Injectable,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import type { Queue } from 'bull';

import { endUnheard } from '../../common';
import { type Config, CONFIG } from '../../config';
import { ClosingError } from './attempt.errors';
import { Bells } from './bells.queue';
import { PartExtractor } from './part-extractor.service';
import { PLANNED_PER_APP, Planner } from './planner.service';
import { PARTS_QUEUE, PLANNING_QUEUE } from './queues';

/** How long one bell keeps a worker going: entries of the queue stay short. */
const BELL_MILLISECONDS = 30_000;

/**
 * The Bull processors: a bell wakes one, and it takes whatever is due next, until nothing is. They are
 * registered here and not by decorators because the number of parts at once is a setting. Each has one
 * slot more than an app may hold (see Slots).
 */
@Injectable()
export class ExportProcessor implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly closing = new AbortController();
  private readonly busy = new Set<Promise<void>>();

  // Nest asks for every dependency in the constructor.

  constructor(
    @InjectQueue(PLANNING_QUEUE) private readonly planning: Queue,
    @InjectQueue(PARTS_QUEUE) private readonly parts: Queue,
    @Inject(CONFIG) private readonly config: Config,
    private readonly planner: Planner,
    private readonly extractor: PartExtractor,
    private readonly bells: Bells,
  ) {}

  onApplicationBootstrap(): void {
    const { signal } = this.closing;
    const { concurrency } = this.config.worker;
    const plan = (): Promise<void> => this.track(this.plan());
    const extract = (): Promise<void> => this.track(this.extract());
    endUnheard(this.planning.process(PLANNED_PER_APP + 1, plan), signal);
    endUnheard(this.parts.process(concurrency + 1, extract), signal);
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

  private plan(): Promise<void> {
    return this.repeat(
      async () => {
        const planned = await this.planner.planNext(this.closing.signal);
        if (planned) await this.bells.ringWorkers(planned.parts);
        return planned !== undefined;
      },
      () => this.bells.ringPlanner(),
    );
  }

  private extract(): Promise<void> {
    return this.repeat(
      async () => {
        const done = await this.extractor.extractNext(this.closing.signal);
        // There is room for another job.
        if (done?.jobEnded) await this.bells.ringPlanner();
        return done !== undefined;
      },
      () => this.bells.ringWorkers(1),
    );
  }

  /**
   * Works until nothing is due. After a while another bell takes over; one that cannot be rung, because
   * Redis is away, does not stop the work.
   */
  private async repeat(
    step: () => Promise<boolean>,
    ringAgain: () => Promise<boolean>,
  ): Promise<void> {
    const { signal } = this.closing;
    let until = performance.now() + BELL_MILLISECONDS;
    while (!signal.aborted && (await step())) {
      if (performance.now() < until) continue;
      if (await ringAgain()) return;
      until = performance.now() + BELL_MILLISECONDS;
    }
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
