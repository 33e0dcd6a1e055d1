import {
  Inject,
  Injectable,
  Logger,
  type OnApplicationBootstrap,
  type OnApplicationShutdown,
} from '@nestjs/common';
import { DataSource } from 'typeorm';

import { RESOURCE_TYPES } from '@app/fhir';

import { Rounds } from '../common';
import { type Config, CONFIG } from '../config';
import { ExtractorRegistry } from '../extractors';
import { isPacking } from './is-packing';
import { PACKING_LOCK } from './locks';
import { PackingBells } from './packing.queue';

const INTERVAL_MILLISECONDS = 10_000;

/**
 * Rings for every type that can be packed, again and again: a look at a type to which nothing happened
 * costs little. Where nothing is to be packed, what was packed before is removed, with the notes.
 */
@Injectable()
export class PackingRounds implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly logger = new Logger(PackingRounds.name);
  private readonly rounds = new Rounds(() => this.go(), {
    milliseconds: INTERVAL_MILLISECONDS,
    logger: this.logger,
    failure: 'a round of packing failed',
  });

  constructor(
    private readonly bells: PackingBells,
    private readonly registry: ExtractorRegistry,
    private readonly dataSource: DataSource,
    @Inject(CONFIG) private readonly config: Config,
  ) {}

  onApplicationBootstrap(): void {
    this.rounds.start(0);
  }

  onApplicationShutdown(): Promise<void> {
    return this.rounds.stop();
  }

  private go(): Promise<void> {
    if (!isPacking(this.config)) return this.clear();
    const packable = RESOURCE_TYPES.filter((type) => this.registry.get(type).packable === true);
    return this.bells.ring(packable);
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
