import { type DynamicModule, Module } from '@nestjs/common';

import { CommonModule } from '../common';
import type { Config } from '../config';
import { ClockKeeper } from './clock-keeper.service';
import { connection } from './connection';
import { PoolMetrics } from './pool-metrics';

/** What programs give up on after one attempt. */
const ONCE = 1;
const STARTING = 5;

/** Connects to PostgreSQL and refuses to start on a schema that is not the one this code expects. */
@Module({ imports: [CommonModule], providers: [ClockKeeper, PoolMetrics] })
export class DatabaseModule {
  static forRoot(config: Config): DynamicModule {
    return {
      module: DatabaseModule,
      imports: [connection(config, { checked: true, attempts: STARTING })],
    };
  }

  /** For a command, whose user is told at once what is wrong. */
  static forCommand(config: Pick<Config, 'database'>): DynamicModule {
    return {
      module: DatabaseModule,
      imports: [connection(config, { checked: true, attempts: ONCE })],
    };
  }
}

/** Connects to a database whose schema may be missing or old, to bring it up to date or to look at it. */
@Module({})
export class UncheckedDatabaseModule {
  static forCommand(config: Pick<Config, 'database'>): DynamicModule {
    return {
      module: UncheckedDatabaseModule,
      imports: [connection(config, { checked: false, attempts: ONCE })],
    };
  }
}
