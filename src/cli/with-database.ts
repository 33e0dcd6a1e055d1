import { DataSource, type DataSourceOptions } from 'typeorm';

import { type Config, processConfig } from '../config';
import { dataSourceOptions } from '../database';

/** Runs an action on the configured database, with a connection that is closed in any case. */
export async function withDatabase<T>(
  action: (dataSource: DataSource, config: Config) => Promise<T>,
  entities: DataSourceOptions['entities'] = [],
): Promise<T> {
  const config = processConfig();
  const dataSource = await new DataSource({ ...dataSourceOptions(config), entities }).initialize();
  try {
    return await action(dataSource, config);
  } finally {
    await dataSource.destroy();
  }
}
