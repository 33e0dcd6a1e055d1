import { type DynamicModule, Logger } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import type { DataSource } from 'typeorm';

import type { Config } from '../config';
import { dataSourceOptions, sessionOptions } from './data-source';
import { requireSchema, UnfitDatabaseError } from './fitness';
import { openDataSource } from './guarded-data-source';

interface ConnectionOptions {
  /** Refuse a schema that is not the one this code expects. */
  readonly checked: boolean;
  /** How often a server that does not answer is asked. */
  readonly attempts: number;
}

/** TypeORM's module: gives the DataSource to the whole application. */
export function connection(
  config: Pick<Config, 'database'>,
  { checked, attempts }: ConnectionOptions,
): DynamicModule {
  const logger = new Logger('Database');
  const options = { ...dataSourceOptions(config), extra: sessionOptions(config) };
  return TypeOrmModule.forRootAsync({
    useFactory: () => ({
      ...options,
      autoLoadEntities: true,
      retryAttempts: attempts,
      retryDelay: 1000,
      toRetry: (error: unknown) => !(error instanceof UnfitDatabaseError),
    }),
    dataSourceFactory: async (given) => {
      const dataSource = await openDataSource(given ?? options, config, (code) => {
        logger.warn({ code }, 'an idle connection of the reserve was lost');
      });
      if (checked) await check(dataSource);
      return dataSource;
    },
  });
}

/** Before anything else of the application asks the database. */
async function check(dataSource: DataSource): Promise<void> {
  try {
    await requireSchema((sql) => dataSource.query(sql));
  } catch (error) {
    await dataSource.destroy();
    throw error;
  }
}
