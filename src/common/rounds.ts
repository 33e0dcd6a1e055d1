import type { Logger } from '@nestjs/common';

import { errorName } from './error-name';

export interface RoundsOptions {
  /** From the end of a round to the beginning of the next. */
  readonly milliseconds: number;
  readonly logger: Logger;
  /** What is logged when a round fails, along with the error's name alone: messages may quote a row. */
  readonly failure: string;
}

/** Work that is done again and again, one round at a time; a round that fails does not end that. */
export class Rounds {
  private timer: NodeJS.Timeout | undefined;
  private round: Promise<void> = Promise.resolve();

  constructor(
    private readonly work: () => Promise<unknown>,
    private readonly options: RoundsOptions,
  ) {}

  /** @param milliseconds until the first round */
  start(milliseconds = this.options.milliseconds): void {
    this.timer = setTimeout(() => {
      this.round = this.go().finally(() => {
        if (this.timer) this.start();
      });
    }, milliseconds);
  }

  /** Waits for the round that is under way. */
  async stop(): Promise<void> {
    clearTimeout(this.timer);
    this.timer = undefined;
    await this.round;
  }

  private async go(): Promise<void> {
    try {
      await this.work();
    } catch (error) {
      this.options.logger.warn({ error: errorName(error) }, this.options.failure);
    }
  }
}
