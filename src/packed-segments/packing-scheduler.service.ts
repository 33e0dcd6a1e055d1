import { Inject, Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';

import { PeriodicTask, type Step } from '../common';
import { type Config, CONFIG } from '../config';
import { isPacking } from './is-packing';
import { PACKING_LOCK } from './locks.sql';
import { isPackable } from './packable';
import { PackingSignals } from './packing.queue';

/**
 * Has every type packed that can be, again and again: a look at a type to which nothing happened costs
 * little. Where nothing is to be packed, what was packed before is removed, with the notes.
 */
@Injectable()
export class PackingScheduler extends PeriodicTask {
  protected readonly milliseconds = 10_000;
  protected readonly steps: Readonly<Record<string, Step>>;

  constructor(
    private readonly signals: PackingSignals,
    private readonly dataSource: DataSource,
    @Inject(CONFIG) private readonly config: Config,
  ) {
    super();
    this.steps = isPacking(config)
      ? { 'signal the packers': () => this.signal() }
      : { 'remove what was packed': () => this.clear() };
  }

  /** The first round is at once: what was packed before may be outdated. */
  override onApplicationBootstrap(): void {
    this.schedule(0);
  }

  private signal(): Promise<void> {
    return this.signals.send(this.config.resourceTypes.filter(isPackable));
  }

  private async clear(): Promise<void> {
    await this.dataSource.transaction(async (manager) => {
      const [row] = await manager.query<{ alone: boolean }[]>(
        'select pg_try_advisory_xact_lock($1) as alone',
        [PACKING_LOCK],
      );
      if (!row?.alone) return;
      await manager.query('delete from clinical.packed_segment');
      await manager.query('delete from clinical.packed_note');
    });
  }
}
