import type { CommandModule } from 'yargs';

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
  handler: async (args) => (await import('./database.actions.js')).migrate(args),
};

const schema: CommandModule<object, { check: boolean }> = {
  command: 'schema',
  describe: 'Write src/database/schema.sql from the connected database',
  builder: {
    check: { type: 'boolean', default: false, describe: 'Only compare; fail on a difference' },
  },
  handler: async (args) => (await import('./database.actions.js')).schema(args),
};

const environment: CommandModule<object, { check: boolean }> = {
  command: 'env-example',
  describe: 'Write .env.example from the description of the variables',
  builder: {
    check: { type: 'boolean', default: false, describe: 'Only compare; fail on a difference' },
  },
  handler: async (args) => (await import('./database.actions.js')).environment(args),
};

export const databaseCommands = [
  migrate,
  schema,
  environment,
] as unknown as readonly CommandModule[];
