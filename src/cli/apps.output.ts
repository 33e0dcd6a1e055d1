import { type App, type KeySource, appNotes } from '../auth';
import { table } from './table';

/** An app as `--json` prints it: members that do not apply are left out. */
export function toJson(app: App): Readonly<Record<string, unknown>> {
  const { keys, licence, ...rest } = app;
  const { writes, ownGroups, ...exported } = licence;
  return {
    ...rest,
    ...(keys?.kind === 'inline' ? { jwks: keys.jwks } : {}),
    ...(keys?.kind === 'url' ? { jwksUrl: keys.url } : {}),
    ...exported,
    ...writes,
    ...(ownGroups && { ownGroups }),
    notes: appNotes(app),
  };
}

export function appDetails(app: App): string {
  const rows = [
    ['Client id', app.id],
    ['Name', app.name],
    ['Type', app.type],
    ['Keys', describeKeys(app.keys)],
    ['Groups', describeGroups(app)],
    ['Resource types', describeTypes(app)],
    ['Writes', describeWrites(app)],
    ['Own groups', describeOwnGroups(app)],
    ['Weight', String(app.weight)],
    ['Limits', describeLimits(app)],
    ['Registered', app.createdAt.toISOString()],
    ['Changed', app.updatedAt.toISOString()],
    ['State', describeState(app)],
    ...appNotes(app).map((note) => ['Note', note] as const),
  ] as const;
  return rows.map(([label, value]) => `${label.padEnd(16)}${value}`).join('\n');
}

export function appTable(apps: readonly App[]): string {
  if (apps.length === 0) return 'No apps. `apps register` adds one.';
  const head = ['client id', 'name', 'type', 'groups', 'resource types', 'writes', 'state'];
  const rows = apps.map((app) => [
    app.id,
    app.name,
    app.type,
    describeGroups(app),
    describeTypes(app),
    describeWrites(app),
    describeState(app),
  ]);
  return table(head, rows);
}

function describeKeys(keys: KeySource | undefined): string {
  if (!keys) return 'none';
  if (keys.kind === 'url') return keys.url;
  return keys.jwks.keys.map(({ kty, kid }) => `${String(kid)} (${kty})`).join(', ');
}

function describeGroups({ licence }: App): string {
  return licence.allGroups ? 'all' : licence.groups.join(', ') || 'none';
}

function describeTypes({ licence }: App): string {
  return licence.resourceTypes?.join(', ') ?? 'all';
}

function describeLimits({ limits: { running, queued } }: App): string {
  const own = (limit: number | undefined): string => (limit === undefined ? 'as set' : `${limit}`);
  return `running ${own(running)}, waiting ${own(queued)}`;
}

function describeWrites({ licence: { writes } }: App): string {
  const feeds = writes?.allFeeds ? 'all' : writes?.feeds.join(', ');
  const parts = [...(feeds ? [`feeds: ${feeds}`] : []), ...(writes?.fhirWrites ? ['FHIR'] : [])];
  return parts.join('; ') || 'nothing';
}

function describeOwnGroups({ licence: { ownGroups } }: App): string {
  if (!ownGroups) return 'none';
  const { groups, members, population } = ownGroups;
  const from = population === 'everyone' ? 'everyone' : 'its licensed groups';
  return `${groups}, of ${members} members at most, from ${from}`;
}

function describeState({ disabledAt }: App): string {
  return disabledAt ? `disabled since ${disabledAt.toISOString()}` : 'enabled';
}
