import { type DynamicModule, Logger, Module, type OnModuleInit } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { DataSource } from 'typeorm';

import { CommonModule } from '../common';
import type { Config } from '../config';
import { ClockKeeper } from './clock-keeper.service';
import { dataSourceOptions, sessionOptions } from './data-source';
import { requireSchema } from './fitness';
import { openDataSource } from './guarded-data-source';

/** Connects to PostgreSQL and refuses to start on a schema that is not the one this code expects. */
@Module({ imports: [CommonModule], providers: [ClockKeeper] })
export class DatabaseModule implements OnModuleInit {
  constructor(private readonly dataSource: DataSource) {}

  static forRoot(config: Config): DynamicModule {
    const logger = new Logger(DatabaseModule.name);
    const options = { ...dataSourceOptions(config), extra: sessionOptions(config) };
    return {
      module: DatabaseModule,
      imports: [
        TypeOrmModule.forRootAsync({
          useFactory: () => ({
            ...options,
            autoLoadEntities: true,
            retryAttempts: 5,
            retryDelay: 1000,
          }),
          dataSourceFactory: (given) =>
            openDataSource(given ?? options, config, (code) => {
              logger.warn({ code }, 'an idle connection of the reserve was lost');
            }),
        }),
      ],
    };
  }

  async onModuleInit(): Promise<void> {
    await requireSchema((sql) => this.dataSource.query(sql));
  }
}
