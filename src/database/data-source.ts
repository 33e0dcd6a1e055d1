import type { DataSourceOptions } from 'typeorm';

import type { Config } from '../config';
import { MIGRATIONS } from './migrations';

/** How every process connects: migrations only, never synchronize; entities are added by modules. */
export function dataSourceOptions(config: Config): DataSourceOptions {
  return {
    type: 'postgres',
    url: config.database.url,
    applicationName: 'ehr-bulk-data',
    poolSize: config.database.poolSize,
    migrations: MIGRATIONS,
    migrationsTableName: 'schema_migration',
    migrationsTransactionMode: 'each',
    synchronize: false,
    logging: false,
    installExtensions: false,
  };
}
