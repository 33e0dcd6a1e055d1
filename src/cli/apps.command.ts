import type { Argv, CommandModule } from 'yargs';

import type { AppType } from '../auth';
import {
  type IdOptions,
  type KeyOptions,
  type LicenceOptions,
  type LimitOptions,
  type RegisterOptions,
  withId,
  withKeys,
  withWrites,
} from './apps.options';
import { JSON_OPTION, type OutputOptions } from './output';

/** APP_TYPES is not asked: loading it takes longer than a help text may. */
const TYPES = Object.keys({
  system: true,
  patient: true,
  user: true,
} satisfies Readonly<Record<AppType, true>>);

const register: CommandModule<object, RegisterOptions> = {
  command: 'register',
  describe: 'Register an app',
  builder: (args) =>
    withWrites(withKeys(args))
      .option('name', { type: 'string', demandOption: true, describe: 'What people call it' })
      .option('type', { choices: TYPES, default: 'system', describe: 'Type of the app' })
      .option('id', { type: 'string', describe: 'Client id; made up when left out' })
      .option('group', { type: 'string', array: true, describe: 'Group that it may export' })
      .option('all-groups', { type: 'boolean', default: false, describe: 'It may export all' })
      .option('resource-type', {
        type: 'string',
        array: true,
        describe: 'Type that it may export; all when left out',
      })
      .option('json', JSON_OPTION)
      .example(
        '$0 apps register --name Registry --jwks-url https://app.example.org/jwks --group INF-101',
        'A System app that may export one group',
      )
      .example(
        '$0 apps register --name Sender --jwks sender.json --feeds main-ehr',
        'A System app that may send batches of one feed, and export nothing',
      ),
  handler: async (args) => (await import('./apps.actions.js')).register(args),
};

const list: CommandModule<object, OutputOptions> = {
  command: 'list',
  describe: 'List all apps',
  builder: (args) => args.option('json', JSON_OPTION),
  handler: async (args) => (await import('./apps.actions.js')).list(args),
};

const show: CommandModule<object, IdOptions> = {
  command: 'show <id>',
  describe: 'Show an app',
  builder: one,
  handler: async (args) => (await import('./apps.actions.js')).show(args),
};

const disable: CommandModule<object, IdOptions> = {
  command: 'disable <id>',
  describe: 'Disable an app; its tokens stop working at once',
  builder: one,
  handler: async (args) => (await import('./apps.actions.js')).disable(args),
};

const enable: CommandModule<object, IdOptions> = {
  command: 'enable <id>',
  describe: 'Enable a disabled app again',
  builder: one,
  handler: async (args) => (await import('./apps.actions.js')).enable(args),
};

const rotate: CommandModule<object, IdOptions & KeyOptions> = {
  command: 'rotate <id>',
  describe: "Replace an app's keys; the old ones stop working at once",
  builder: (args) => withKeys(withId(args)).option('json', JSON_OPTION),
  handler: async (args) => (await import('./apps.actions.js')).rotate(args),
};

const license: CommandModule<object, LicenceOptions> = {
  command: 'licence <id>',
  describe: 'Change what an app may export and write; what is not given stays',
  builder: (args) =>
    withWrites(withId(args))
      .option('group', {
        type: 'string',
        array: true,
        describe: 'Groups, in place of those before',
      })
      .option('all-groups', { type: 'boolean', describe: 'Every group', conflicts: 'group' })
      .option('resource-type', {
        type: 'string',
        array: true,
        describe: 'Types, in place of those before',
      })
      .option('all-resource-types', {
        type: 'boolean',
        describe: 'Every type',
        conflicts: 'resource-type',
      })
      .option('json', JSON_OPTION)
      .example(
        '$0 apps licence my-app --group INF-101 --group DM-201',
        'Two groups, types as before',
      ),
  handler: async (args) => (await import('./apps.actions.js')).license(args),
};

const weigh: CommandModule<object, IdOptions & { readonly weight: number }> = {
  command: 'weight <id> <weight>',
  describe: 'Change the share of the workers that an app gets beside others',
  builder: (args) =>
    withId(args)
      .positional('weight', { type: 'number', demandOption: true, describe: '1 to 100' })
      .option('json', JSON_OPTION),
  handler: async (args) => (await import('./apps.actions.js')).weigh(args),
};

const limit: CommandModule<object, LimitOptions> = {
  command: 'limits <id>',
  describe: 'Replace the limits on exports of an app; those left out are as the settings say',
  builder: (args) =>
    withId(args)
      .option('running', { type: 'number', describe: 'Exports that run at a time, 1 to 1000' })
      .option('queued', { type: 'number', describe: 'Exports that wait beside them, 0 to 1000' })
      .option('json', JSON_OPTION),
  handler: async (args) => (await import('./apps.actions.js')).limit(args),
};

/** Registers apps and changes them: who may export what. */
export const appsCommand: CommandModule = {
  command: 'apps',
  describe: 'Register apps, list them, change their keys and licences, disable them',
  builder: (args) =>
    args
      .command(register)
      .command(list)
      .command(show)
      .command(disable)
      .command(enable)
      .command(rotate)
      .command(license)
      .command(weigh)
      .command(limit)
      .demandCommand(1, 'Name a command.'),
  handler: () => undefined,
};

function one<T>(args: Argv<T>): Argv<T & IdOptions> {
  return withId(args).option('json', JSON_OPTION);
}
