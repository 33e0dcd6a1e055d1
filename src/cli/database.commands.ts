import { join } from 'node:path';

import type { CommandModule } from 'yargs';

import { envExample } from '../config';
import { dumpSchema } from '../database';
import { compareOrWrite } from './generated-file';
import { withDatabase } from './with-database';

const SCHEMA_FILE = join('src', 'database', 'schema.sql');

const migrate: CommandModule<object, { 'down-all': boolean }> = {
  command: 'migrate',
  describe: 'Bring the database schema up to date',
  builder: {
    'down-all': {
      type: 'boolean',
      default: false,
      describe: 'Undo every migration: deletes all data',
    },
  },
  handler: ({ 'down-all': downAll }) =>
    withDatabase(async (dataSource) => {
      if (downAll) {
        for (let left = dataSource.migrations.length; left > 0; left--) {
          await dataSource.undoLastMigration();
        }
        console.log('All migrations undone.');
        return;
      }
      const done = await dataSource.runMigrations();
      console.log(
        done.length === 0 ? 'The schema is up to date.' : `${done.length} migration(s) run.`,
      );
    }),
};

const schema: CommandModule<object, { check: boolean }> = {
  command: 'schema',
  describe: 'Write src/database/schema.sql from the connected database',
  builder: {
    check: { type: 'boolean', default: false, describe: 'Only compare; fail on a difference' },
  },
  handler: ({ check }) =>
    withDatabase(async (dataSource) => {
      await compareOrWrite(SCHEMA_FILE, await dumpSchema(dataSource), check);
    }),
};

const environment: CommandModule<object, { check: boolean }> = {
  command: 'env-example',
  describe: 'Write .env.example from the description of the variables',
  builder: {
    check: { type: 'boolean', default: false, describe: 'Only compare; fail on a difference' },
  },
  handler: async ({ check }) => {
    await compareOrWrite('.env.example', envExample(), check);
  },
};

export const databaseCommands = [
  migrate,
  schema,
  environment,
] as unknown as readonly CommandModule[];
