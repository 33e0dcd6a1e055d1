import { DataSource } from 'typeorm';

import { AuditEventRow } from '../audit';
import { AppRow } from '../auth';
import { type Config, processConfig } from '../config';
import { dataSourceOptions } from '../database';
import { GroupVersionRow, MemberRow, PatientGroupRow } from '../groups';

const ENTITIES = [AppRow, AuditEventRow, PatientGroupRow, GroupVersionRow, MemberRow];

/** Runs an action on the configured database, with a connection that is closed in any case. */
export async function withDatabase<T>(
  action: (dataSource: DataSource, config: Config) => Promise<T>,
): Promise<T> {
  const config = processConfig();
  const options = { ...dataSourceOptions(config), entities: ENTITIES };
  const dataSource = await new DataSource(options).initialize();
  try {
    return await action(dataSource, config);
  } finally {
    await dataSource.destroy();
  }
}
