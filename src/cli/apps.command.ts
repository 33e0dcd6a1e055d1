import type { Argv, CommandModule } from 'yargs';

import { AuditEventRow, AuditLog } from '../audit';
import { type App, APP_TYPES, AppNotFoundError, AppRegistry, AppRow } from '../auth';
import { appDetails, appTable, toJson } from './apps.output';
import { currentClock } from './current-clock';
import { readText } from './read-text';
import { withDatabase } from './with-database';

interface OutputOptions {
  readonly json: boolean;
}

interface KeyOptions {
  readonly jwks?: string;
  readonly 'jwks-url'?: string;
}

interface RegisterOptions extends OutputOptions, KeyOptions {
  readonly name: string;
  readonly type: string;
  readonly id?: string;
  readonly group?: readonly string[];
  readonly 'all-groups': boolean;
  readonly 'resource-type'?: readonly string[];
}

type IdOptions = OutputOptions & { readonly id: string };

const register: CommandModule<object, RegisterOptions> = {
  command: 'register',
  describe: 'Register an app',
  builder: (args) =>
    withKeys(args)
      .option('name', { type: 'string', demandOption: true, describe: 'What people call it' })
      .option('type', { choices: APP_TYPES, default: 'system', describe: 'Type of the app' })
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
      ),
  handler: (args) =>
    withRegistry(async (apps) => {
      const app = await apps.register({
        id: args.id,
        name: args.name,
        type: args.type,
        ...(await keysOf(args)),
        allGroups: args['all-groups'],
        groups: args.group,
        resourceTypes: args['resource-type'],
      });
      print(app, args);
    }),
};

const list: CommandModule<object, OutputOptions> = {
  command: 'list',
  describe: 'List all apps',
  builder: (args) => args.option('json', JSON_OPTION),
  handler: ({ json }) =>
    withRegistry(async (apps) => {
      const all = await apps.list();
      console.log(json ? JSON.stringify(all.map(toJson), null, 2) : appTable(all));
    }),
};

const show = onApp('show', 'Show an app', async (apps, id) => {
  const app = await apps.find(id);
  if (!app) throw new AppNotFoundError(id);
  return app;
});
const disable = onApp('disable', 'End the use of an app, its tokens included', (apps, id) =>
  apps.disable(id),
);
const enable = onApp('enable', 'Let a disabled app be used again', (apps, id) => apps.enable(id));

const rotate: CommandModule<object, IdOptions & KeyOptions> = {
  command: 'rotate <id>',
  describe: "Replace an app's keys; the old ones stop working at once",
  builder: (args) => withKeys(withId(args)).option('json', JSON_OPTION),
  handler: (args) =>
    withRegistry(async (apps) => {
      print(await apps.rotateKeys(args.id, await keysOf(args)), args);
    }),
};

interface LicenceOptions {
  readonly group?: readonly string[];
  readonly 'all-groups'?: boolean;
  readonly 'resource-type'?: readonly string[];
  readonly 'all-resource-types'?: boolean;
}

const license: CommandModule<object, IdOptions & LicenceOptions> = {
  command: 'licence <id>',
  describe: 'Change what an app may export; what is not given stays',
  builder: (args) =>
    withId(args)
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
  handler: (args) =>
    withRegistry(async (apps) => {
      const groups = args['all-groups'] ? 'all' : args.group;
      const resourceTypes = args['all-resource-types'] ? 'all' : args['resource-type'];
      if (groups === undefined && resourceTypes === undefined) {
        throw new Error(
          'Say what changes: --group, --all-groups, --resource-type or --all-resource-types.',
        );
      }
      print(await apps.changeLicence(args.id, { groups, resourceTypes }), args);
    }),
};

const weigh: CommandModule<object, IdOptions & { readonly weight: number }> = {
  command: 'weight <id> <weight>',
  describe: 'Change the share of the workers that an app gets beside others',
  builder: (args) =>
    withId(args)
      .positional('weight', { type: 'number', demandOption: true, describe: '1 to 100' })
      .option('json', JSON_OPTION),
  handler: (args) =>
    withRegistry(async (apps) => {
      print(await apps.changeWeight(args.id, args.weight), args);
    }),
};

/** Registers apps and changes them: who may export what. */
export const appsCommand: CommandModule = {
  command: 'apps',
  describe: 'Register apps, list them, change their keys and licences, end their use',
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
      .demandCommand(1, 'Name a command.'),
  handler: () => undefined,
};

const JSON_OPTION = {
  type: 'boolean',
  default: false,
  describe: 'Print JSON for programs',
} as const;

function onApp(
  name: string,
  describe: string,
  action: (apps: AppRegistry, id: string) => Promise<App>,
): CommandModule<object, IdOptions> {
  return {
    command: `${name} <id>`,
    describe,
    builder: (args) => withId(args).option('json', JSON_OPTION),
    handler: (args) =>
      withRegistry(async (apps) => {
        print(await action(apps, args.id), args);
      }),
  };
}

function withId<T>(args: Argv<T>): Argv<T & { readonly id: string }> {
  return args.positional('id', { type: 'string', demandOption: true, describe: 'Client id' });
}

function withKeys<T>(args: Argv<T>): Argv<T & KeyOptions> {
  return args
    .option('jwks', {
      type: 'string',
      describe: 'File with a JSON Web Key Set of public keys (- for standard input)',
    })
    .option('jwks-url', { type: 'string', describe: "URL of the app's JSON Web Key Set" });
}

async function withRegistry(action: (apps: AppRegistry) => Promise<void>): Promise<void> {
  await withDatabase(async (dataSource, config) => {
    const clock = await currentClock(dataSource, config);
    const audit = new AuditLog(dataSource.getRepository(AuditEventRow));
    await action(new AppRegistry(dataSource.getRepository(AppRow), audit, clock, config));
  });
}

async function keysOf(options: KeyOptions): Promise<{ jwks?: unknown; jwksUrl?: string }> {
  const { jwks: file, 'jwks-url': jwksUrl } = options;
  return { jwks: file === undefined ? undefined : await readJson(file), jwksUrl };
}

async function readJson(file: string): Promise<unknown> {
  const text = await readText(file).catch((cause: unknown) => {
    throw new Error(`The JWKS file ${file} cannot be read.`, { cause });
  });
  try {
    return JSON.parse(text);
  } catch {
    // JSON.parse quotes the text, which may be a private key by mistake.
    throw new Error(`The JWKS file ${file} does not hold JSON.`);
  }
}

function print(app: App, { json }: OutputOptions): void {
  console.log(json ? JSON.stringify(toJson(app), null, 2) : appDetails(app));
}
