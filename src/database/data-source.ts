import type { DataSourceOptions } from 'typeorm';

import type { Config } from '../config';
import { KEEP_ALIVE } from './keep-alive';
import { MIGRATIONS } from './migrations';

const IDLE_MILLISECONDS = 15_000;

/** How every process connects: migrations only, never synchronize; entities are added by modules. */
export function dataSourceOptions(config: Config): DataSourceOptions {
  return {
    type: 'postgres',
    url: config.database.url,
    applicationName: 'ehr-bulk-data',
    poolSize: config.database.poolSize,
    // A process that freezes in the middle of a transaction must not hold its locks for ever.
    extra: { ...KEEP_ALIVE, idle_in_transaction_session_timeout: IDLE_MILLISECONDS },
    migrations: MIGRATIONS,
    migrationsTableName: 'schema_migration',
    migrationsTransactionMode: 'each',
    synchronize: false,
    logging: false,
    installExtensions: false,
  };
}
