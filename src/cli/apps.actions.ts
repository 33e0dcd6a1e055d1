import { type App, AppNotFoundError, AppRegistry, AppsModule, type LicenceChange } from '../auth';
import {
  type IdOptions,
  type KeyOptions,
  type LicenceOptions,
  type LimitOptions,
  readFeeds,
  type RegisterOptions,
  type WriteOptions,
} from './apps.options';
import { appDetails, appTable, toJson } from './apps.output';
import { readJsonFile } from './json-file';
import { type OutputOptions, print } from './output';
import { withServices } from './with-services';

export function register(args: RegisterOptions): Promise<void> {
  const feeds = readFeeds(args.feeds);
  return change(args, async (apps) =>
    apps.register({
      id: args.id,
      name: args.name,
      type: args.type,
      ...(await keysOf(args)),
      allGroups: args['all-groups'],
      groups: args.group,
      resourceTypes: args['resource-type'],
      allFeeds: feeds === 'all',
      feeds: feeds === 'all' ? [] : feeds,
      fhirWrites: args['fhir-writes'],
      ...ownGroupsOf(args),
      ...ownGroupsOf(args),
    }),
  );
}

export async function list(args: OutputOptions): Promise<void> {
  const apps = await withRegistry((registry) => registry.list());
  print(args, apps.map(toJson), () => appTable(apps));
}

export function show(args: IdOptions): Promise<void> {
  return change(args, async (apps) => {
    const app = await apps.find(args.id);
    if (!app) throw new AppNotFoundError(args.id);
    return app;
  });
}

export function disable(args: IdOptions): Promise<void> {
  return change(args, (apps) => apps.disable(args.id));
}

export function enable(args: IdOptions): Promise<void> {
  return change(args, (apps) => apps.enable(args.id));
}

export function rotate(args: IdOptions & KeyOptions): Promise<void> {
  return change(args, async (apps) => apps.rotateKeys(args.id, await keysOf(args)));
}

export function license(args: LicenceOptions): Promise<void> {
  const groups = args['all-groups'] ? 'all' : args.group;
  const resourceTypes = args['all-resource-types'] ? 'all' : args['resource-type'];
  const licence: LicenceChange = {
    groups,
    resourceTypes,
    feeds: readFeeds(args.feeds),
    fhirWrites: args['fhir-writes'],
  };
  if (Object.values(licence).every((part) => part === undefined)) {
    throw new Error(
      'Say what changes: --group, --all-groups, --resource-type, --all-resource-types, --feeds, --fhir-writes, --own-groups, --own-group-members or --choose-from-everyone.',
    );
  }
  return change(args, (apps) => apps.changeLicence(args.id, licence));
}

export function weigh(args: IdOptions & { readonly weight: number }): Promise<void> {
  return change(args, (apps) => apps.changeWeight(args.id, args.weight));
}

export function limit({ id, running, queued, ...args }: LimitOptions): Promise<void> {
  return change(args, (apps) => apps.changeLimits(id, { running, queued }));
}

/** Prints the app that an action gives. */
async function change(
  args: OutputOptions,
  action: (apps: AppRegistry) => Promise<App>,
): Promise<void> {
  const app = await withRegistry(action);
  print(args, toJson(app), () => appDetails(app));
}

function withRegistry<T>(action: (apps: AppRegistry) => Promise<T>): Promise<T> {
  return withServices({ needs: ['key-urls'], imports: [AppsModule] }, (services) =>
    action(services.get(AppRegistry)),
  );
}

async function keysOf(options: KeyOptions): Promise<{ jwks?: unknown; jwksUrl?: string }> {
  const { jwks: file, 'jwks-url': jwksUrl } = options;
  const jwks =
    file === undefined
      ? undefined
      : await readJsonFile(file, {
          name: '--jwks',
          accepted: 'a JSON Web Key Set of public keys, {"keys":[…]}',
        });
  return { jwks, jwksUrl };
}

function ownGroupsOf(
  args: WriteOptions,
): Pick<LicenceChange, 'ownGroups' | 'ownGroupMembers' | 'choosesFromEveryone'> {
  return {
    ownGroups: args['own-groups'],
    ownGroupMembers: args['own-group-members'],
    choosesFromEveryone: args['choose-from-everyone'],
  };
}
