import { join } from 'node:path';

import type { DataSource } from 'typeorm';

import { ensurePartitions } from '../clinical-data';
import { type Config, envExample } from '../config';
import { dumpSchema } from '../database';
import { compareOrWrite } from './generated-file';
import { withAnySchema } from './with-services';

const SCHEMA_FILE = join('src', 'database', 'schema.sql');

interface CheckOptions {
  readonly check: boolean;
}

export async function migrate({
  'down-all': downAll,
}: {
  readonly 'down-all': boolean;
}): Promise<void> {
  console.log(await withAnySchema(downAll ? undoAll : runMissing));
}

export function schema({ check }: CheckOptions): Promise<void> {
  return withAnySchema(async (dataSource) => {
    await compareOrWrite(SCHEMA_FILE, await dumpSchema(dataSource), check);
  });
}

export function environment({ check }: CheckOptions): Promise<void> {
  return compareOrWrite('.env.example', envExample(), check);
}

async function runMissing(
  dataSource: DataSource,
  { resourceTypes }: Pick<Config, 'resourceTypes'>,
): Promise<string> {
  const done = await dataSource.runMigrations();
  const { added, busy } = await ensurePartitions(dataSource, resourceTypes);
  return [
    done.length === 0 ? 'The schema is up to date.' : `${done.length} migration(s) run.`,
    ...(added.length > 0 && done.length === 0 ? [`New tables: ${added.join(', ')}.`] : []),
    ...(busy.length > 0
      ? [`The store was in use: run this again later for the tables of ${busy.join(', ')}.`]
      : []),
  ].join('\n');
}

async function undoAll(dataSource: DataSource): Promise<string> {
  for (let left = dataSource.migrations.length; left > 0; left--) {
    await dataSource.undoLastMigration();
  }
  return 'All migrations undone.';
}
