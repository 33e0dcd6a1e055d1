import { Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import { DataSource } from 'typeorm';

import { Clock, HostClock, PeriodicTask, type Step } from '../common';
import { type Config, CONFIG } from '../config';
import { onReserve } from './held-connections';
import { readClock, type SeenTick } from './read-clock';

/** Reads the service's clock every second, and moves it on when no other process did. */
@Injectable()
export class ClockKeeper extends PeriodicTask implements OnModuleInit {
  protected readonly milliseconds = 1000;
  protected readonly steps: Readonly<Record<string, Step>> = {
    'read the clock': () => this.read(),
  };
  private seen: SeenTick | undefined;
  private told = false;

  constructor(
    private readonly dataSource: DataSource,
    private readonly clock: Clock,
    private readonly host: HostClock,
    @Inject(CONFIG) private readonly config: Config,
  ) {
    super();
  }

  /** Nothing is served or done by a clock that was not read. */
  async onModuleInit(): Promise<void> {
    await this.read();
  }

  /** Once more, at once. */
  async read(): Promise<void> {
    const options = { host: this.host, bound: this.config.clockSkew, seen: this.seen };
    const { reading, seen } = await onReserve(() => readClock(this.dataSource, options));
    this.seen = seen;
    this.clock.set(reading);
    this.tell();
  }

  private tell(): void {
    const { agrees, hostAhead: seconds } = this.clock;
    if (!agrees && !this.told) {
      this.logger.error({ seconds }, "the host's clock is off: this process destroys nothing");
    }
    if (agrees && this.told) this.logger.log("the host's clock is right again");
    this.told = !agrees;
  }
}
