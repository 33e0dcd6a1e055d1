import { Pool, type PoolClient } from 'pg';
import { DataSource, type DataSourceOptions, type EntityManager } from 'typeorm';

import type { Config } from '../config';
import { sessionOptions } from './data-source';
import { holding, isReserved, requireNoneHeld } from './held-connections';

type Obtained = readonly [PoolClient, (error?: Error) => void];

/** The part of TypeORM's driver that every connection comes through; its typings keep it to themselves. */
interface ConnectionSource {
  readonly master: Pool;
  obtainMasterConnection(): Promise<Obtained>;
}

/** The pools that a process has, by what they are for. */
interface Pools {
  readonly general: Pool;
  readonly reserve: Pool;
}

const POOLS = new WeakMap<DataSource, Pools>();

/** The pools behind a DataSource, to be looked at; none for one that `openDataSource` has not opened. */
export function poolsOf(dataSource: DataSource): Partial<Pools> {
  return POOLS.get(dataSource) ?? {};
}

type Transaction = <T>(work: (manager: EntityManager) => Promise<T>) => Promise<T>;

/**
 * Connects to PostgreSQL with two pools: one for everything, and a small reserve for `onReserve`. Code
 * that holds a connection is refused another, so that it can never wait for itself.
 */
export async function openDataSource(
  options: DataSourceOptions,
  config: Pick<Config, 'database'>,
  onIdleLoss: (code: string | undefined) => void,
): Promise<DataSource> {
  const dataSource = await new DataSource(options).initialize();
  const reserve = openReserve(config, onIdleLoss);
  const driver = dataSource.driver as unknown as ConnectionSource;
  const obtain = driver.obtainMasterConnection.bind(driver);
  driver.obtainMasterConnection = async () => {
    requireNoneHeld();
    return isReserved() ? fromPool(reserve) : obtain();
  };
  POOLS.set(dataSource, { general: driver.master, reserve });
  guardTransactions(dataSource);
  const destroy = dataSource.destroy.bind(dataSource);
  dataSource.destroy = async () => {
    await destroy();
    await reserve.end();
  };
  return dataSource;
}

function openReserve(
  config: Pick<Config, 'database'>,
  onIdleLoss: (code: string | undefined) => void,
): Pool {
  const { url, reservedConnections } = config.database;
  const reserve = new Pool({
    connectionString: url,
    max: reservedConnections,
    application_name: 'ehr-bulk-data',
    ...sessionOptions(config),
  });
  reserve.on('error', (error: Error & { code?: string }) => {
    onIdleLoss(error.code);
  });
  return reserve;
}

async function fromPool(pool: Pool): Promise<Obtained> {
  const client = await pool.connect();
  return [
    client,
    (error) => {
      client.release(error);
    },
  ];
}

/** TypeORM's other form, with an isolation level, is not used: the types of this one say so. */
function guardTransactions({ manager }: DataSource): void {
  const owner = manager as { transaction: Transaction };
  const transaction: Transaction = owner.transaction.bind(manager);
  owner.transaction = (work) => transaction((own) => holding(() => work(own)));
}
