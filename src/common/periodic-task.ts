import { Logger, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';

import { failureFields } from './failure-fields';

/** How often a step that goes on failing in the same way is told of. */
const REMINDER_MILLISECONDS = 60_000;

/** One thing that a round does. @param signal aborted when the process shuts down */
export type Step = (signal: AbortSignal) => Promise<unknown>;

interface Failing {
  readonly as: string;
  readonly toldAt: number;
  readonly rounds: number;
}

/**
 * Work that a process does again and again, one round at a time, from its start to its shutdown. Each
 * step is on its own: one that fails is logged by its name, with the failure's code, and neither ends the
 * round nor the rounds to come.
 */
export abstract class PeriodicTask implements OnApplicationBootstrap, OnApplicationShutdown {
  protected readonly logger = new Logger(this.constructor.name);
  /** From the end of a round to the beginning of the next, and from the start to the first. */
  protected abstract readonly milliseconds: number;
  /** By name, in the order in which they are done. */
  protected abstract readonly steps: Readonly<Record<string, Step>>;

  private readonly closing = new AbortController();
  private readonly failing = new Map<string, Failing>();
  private timer: NodeJS.Timeout | undefined;
  private round: Promise<void> = Promise.resolve();

  onApplicationBootstrap(): void {
    this.schedule(this.milliseconds);
  }

  /** Waits for the round that is under way. */
  async onApplicationShutdown(): Promise<void> {
    this.closing.abort();
    clearTimeout(this.timer);
    await this.round;
  }

  protected schedule(milliseconds: number): void {
    this.timer = setTimeout(() => {
      this.round = this.go().finally(() => {
        if (!this.closing.signal.aborted) this.schedule(this.milliseconds);
      });
    }, milliseconds);
  }

  private async go(): Promise<void> {
    for (const [name, step] of Object.entries(this.steps)) {
      if (this.closing.signal.aborted) return;
      try {
        await step(this.closing.signal);
        this.failing.delete(name);
      } catch (error) {
        this.report(name, error);
      }
    }
  }

  private report(step: string, error: unknown): void {
    if (this.closing.signal.aborted) return;
    const fields = failureFields(error);
    const as = JSON.stringify(fields);
    const before = this.failing.get(step);
    const now = performance.now();
    const rounds = before?.as === as ? before.rounds + 1 : 1;
    const known = before?.as === as && now - before.toldAt < REMINDER_MILLISECONDS;
    this.failing.set(step, { as, rounds, toldAt: known ? before.toldAt : now });
    if (!known) this.logger.warn({ step, rounds, ...fields }, 'a step of a periodic task failed');
  }
}
