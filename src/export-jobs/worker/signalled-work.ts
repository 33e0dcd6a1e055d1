import {
  type BeforeApplicationShutdown,
  Injectable,
  type OnApplicationBootstrap,
} from '@nestjs/common';

import { ClosingError } from './attempt.errors';

/** How long one signal keeps a worker going: entries of the queue stay short. */
const TURN_MILLISECONDS = 30_000;

/** What the processors of this process work on, from the bootstrap of the application to its shutdown. */
@Injectable()
export class SignalledWork implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly closing = new AbortController();
  private readonly busy = new Set<Promise<void>>();
  private start: () => void = () => undefined;
  /** Bull listens from the first module's start on; clock and schema are read by then, or not. */
  private readonly started = new Promise<void>((resolve) => {
    this.start = resolve;
  });

  onApplicationBootstrap(): void {
    this.start();
  }

  /** True while this process works on nothing. */
  get idle(): boolean {
    return this.busy.size === 0;
  }

  /** Hands running parts back, so that a deployment neither waits for an export nor repeats it. */
  async beforeApplicationShutdown(): Promise<void> {
    this.closing.abort(new ClosingError());
    this.start();
    await Promise.allSettled(this.busy);
  }

  /**
   * Works until nothing is due. After a while another signal takes over; one that cannot be sent, because
   * Redis is away, does not stop the work.
   *
   * @param step does what is due next. @returns false when nothing was
   */
  async repeat(
    step: (closing: AbortSignal) => Promise<boolean>,
    signalAgain: () => Promise<boolean>,
  ): Promise<void> {
    await this.started;
    const work = this.goOn(step, signalAgain);
    this.busy.add(work);
    try {
      await work;
    } finally {
      this.busy.delete(work);
    }
  }

  private async goOn(
    step: (closing: AbortSignal) => Promise<boolean>,
    signalAgain: () => Promise<boolean>,
  ): Promise<void> {
    const { signal } = this.closing;
    let until = performance.now() + TURN_MILLISECONDS;
    while (!signal.aborted && (await step(signal))) {
      if (performance.now() < until) continue;
      if (await signalAgain()) return;
      until = performance.now() + TURN_MILLISECONDS;
    }
  }
}
