import type { DataSourceOptions } from 'typeorm';

import type { Config } from '../config';
import { KEEP_ALIVE } from './keep-alive';
import { MIGRATIONS } from './migrations';

const IDLE_MILLISECONDS = 15_000;
/** A process that freezes in the middle of a transaction must not hold its locks for ever. */
const HELD = { ...KEEP_ALIVE, idle_in_transaction_session_timeout: IDLE_MILLISECONDS };

/** How every process connects: migrations only, never synchronize; entities are added by modules. */
export function dataSourceOptions(config: Pick<Config, 'database'>): DataSourceOptions {
  return {
    type: 'postgres',
    url: config.database.url,
    applicationName: 'ehr-bulk-data',
    poolSize: config.database.poolSize,
    extra: HELD,
    migrations: MIGRATIONS,
    migrationsTableName: 'schema_migration',
    migrationsTransactionMode: 'each',
    synchronize: false,
    logging: false,
    installExtensions: false,
  };
}

/** Of the connections of processes that serve: whoever waits in vain, for a connection or a lock, is told. */
export function sessionOptions({
  database,
}: Pick<Config, 'database'>): Readonly<Record<string, unknown>> {
  return {
    ...HELD,
    connectionTimeoutMillis: database.connectionWait * 1000,
    lock_timeout: database.lockWait * 1000,
  };
}
