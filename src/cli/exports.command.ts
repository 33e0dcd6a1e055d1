import type { CommandModule } from 'yargs';

import type { JobState } from '../export-jobs';
import {
  type ExportOptions,
  type ListOptions,
  type WatchOptions,
  withExport,
} from './exports.options';
import { JSON_OPTION } from './output';

/** JOB_STATES is not asked: loading it takes longer than a help text may. */
const STATES = Object.keys({
  ...{ accepted: true, planning: true, running: true },
  ...{ completed: true, failed: true, cancelled: true, expired: true },
} satisfies Readonly<Record<JobState, true>>);

const list: CommandModule<object, ListOptions> = {
  command: 'list',
  describe: 'List the exports of all apps, newest first',
  builder: (args) =>
    args
      .option('state', { choices: STATES, array: true, describe: 'Of these states' })
      .option('app', { type: 'string', describe: 'Of the app with this client id' })
      .option('group', { type: 'string', describe: 'Of the group with this id' })
      .option('before', { type: 'string', describe: 'Older than the export with this id' })
      .option('count', { type: 'number', default: 50, describe: 'How many, 200 at most' })
      .option('json', JSON_OPTION),
  handler: async (args) => (await import('./exports.actions.js')).list(args),
};

const show: CommandModule<object, ExportOptions> = {
  command: 'show <id>',
  describe: 'Show an export, its parts with the reasons that they wait for, and its files',
  builder: withExport,
  handler: async (args) => (await import('./exports.actions.js')).show(args),
};

const watch: CommandModule<object, WatchOptions> = {
  command: 'watch <id>',
  describe: 'Print a line for each change of an export, until it has ended',
  builder: (args) =>
    withExport(args).option('seconds', {
      ...{ type: 'number', default: 2, describe: 'Between two looks' },
    }),
  handler: async (args) => (await import('./exports.actions.js')).watch(args),
};

const cancel: CommandModule<object, ExportOptions> = {
  command: 'cancel <id>',
  describe: 'Cancel an export, before or after its end; its files go',
  builder: withExport,
  handler: async (args) => (await import('./exports.actions.js')).cancel(args),
};

const retry: CommandModule<object, ExportOptions> = {
  command: 'retry <id>',
  describe: 'Do the parts of an export again that have failed; the rest stays',
  builder: withExport,
  handler: async (args) => (await import('./exports.actions.js')).retryFailed(args),
};

const expire: CommandModule<object, ExportOptions> = {
  command: 'expire <id>',
  describe: 'Withdraw the files of an export that has ended',
  builder: withExport,
  handler: async (args) => (await import('./exports.actions.js')).expire(args),
};

const hold: CommandModule<object, ExportOptions> = {
  command: 'hold <id>',
  describe: 'Give out no work of an export until it is released',
  builder: withExport,
  handler: async (args) => (await import('./exports.actions.js')).hold(args),
};

const release: CommandModule<object, ExportOptions> = {
  command: 'release <id>',
  describe: 'Give out the work of an export again that is held',
  builder: withExport,
  handler: async (args) => (await import('./exports.actions.js')).release(args),
};

/** The exports of all apps, in the operator's hands. */
export const exportsCommand: CommandModule = {
  command: 'exports',
  describe: 'List exports, show and watch one, cancel, retry, expire, hold and release it',
  builder: (args) =>
    args
      .command(list)
      .command(show)
      .command(watch)
      .command(cancel)
      .command(retry)
      .command(expire)
      .command(hold)
      .command(release)
      .demandCommand(1, 'Name a command.'),
  handler: () => undefined,
};
