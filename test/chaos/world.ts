import { createHash } from 'node:crypto';
import { mkdirSync, rmSync } from 'node:fs';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { PassThrough } from 'node:stream';
import { text } from 'node:stream/consumers';
import { setTimeout as delay } from 'node:timers/promises';

import { Client } from 'pg';

import { writeSampleData } from '../../libs/sample-data/src';
import { BulkClient, type Manifest, verifyExport } from '../../libs/smart-client/src';
import { serviceCli } from '../../scripts/database/service-cli';
import { registerApp } from '../../scripts/service/register-app';
import { freePort } from '../../scripts/services';
import { failIfOneCrashed } from '../support/own-process';
import { until } from '../support/until';
import { type Breakable, breakablePostgres, breakableRedis, postgresUrl } from './servers';
import { ServiceProcess } from './service';
import { slowProxy, type SlowProxy } from './slow-proxy';
import { smallDisk, type SmallDisk } from './small-disk';

export const GROUP = 'INF-101';
/** Seconds that a silent worker keeps its parts. */
export const LEASE = 2;
const PATIENTS = 40;
/** So slow that an export takes some seconds, and faults meet it at work. */
const BYTES_PER_SECOND = 600_000;

/** The whole service on servers of its own, every one of which can be broken. */
export interface World {
  readonly postgres: Breakable;
  readonly redis: Breakable;
  /** Between the workers and PostgreSQL. */
  readonly line: SlowProxy;
  readonly api: ServiceProcess;
  readonly workers: readonly [ServiceProcess, ServiceProcess];
  readonly disk: SmallDisk;
  /** A folder on that disk. */
  readonly storage: string;
  readonly client: BulkClient;
  /** Straight to PostgreSQL. */
  query<T extends object>(sql: string, parameters?: readonly unknown[]): Promise<readonly T[]>;
  close(): Promise<void>;
}

/** @param overrides settings of the service that differ from those for tests */
export async function startWorld(overrides: Readonly<Record<string, string>> = {}): Promise<World> {
  const folder = await mkdtemp(join(tmpdir(), 'bulk-chaos-'));
  const [postgres, redis] = await Promise.all([breakablePostgres(folder), breakableRedis(folder)]);
  const line = await slowProxy(postgres.port, BYTES_PER_SECOND);
  const port = await freePort();
  const disk = await smallDisk(join(folder, 'disk'));
  const storage = join(disk.folder, 'storage');
  mkdirSync(storage);
  const common = { ...settings({ port, redis, storage }), ...overrides };
  const direct = { ...common, DATABASE_URL: postgresUrl(postgres.port) };
  const slow = { ...common, DATABASE_URL: postgresUrl(line.port) };
  await loadPatients(folder, direct);
  const { signal } = new AbortController();
  const place = { directory: folder, environment: direct, signal };
  const credentials = await registerApp({ ...place, name: 'Chaos', groups: [GROUP] });
  const api = new ServiceProcess('api', direct, join(folder, 'api.log'));
  const worker = (name: string): ServiceProcess =>
    new ServiceProcess('worker', slow, join(folder, `${name}.log`));
  const workers = [worker('worker-1'), worker('worker-2')] as const;
  await Promise.all([api, ...workers].map((process) => process.start()));
  return {
    ...{ postgres, redis, line, api, workers, disk, storage },
    client: new BulkClient({ fhirBase: `http://127.0.0.1:${port}/fhir`, ...credentials }),
    query: (sql, parameters) => queryOnce(postgresUrl(postgres.port), sql, parameters),
    close: async () => {
      await Promise.all([api, ...workers].map((process) => process.signal('SIGKILL')));
      await line.close();
      await Promise.all([postgres.remove(), redis.remove(), disk.remove()]);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function settings(place: {
  readonly port: number;
  readonly redis: Awaited<ReturnType<typeof breakableRedis>>;
  readonly storage: string;
}): Readonly<Record<string, string>> {
  return {
    EMBEDDED: 'true',
    ROLE: 'api',
    HOST: '127.0.0.1',
    PORT: String(place.port),
    PUBLIC_URL: `http://127.0.0.1:${place.port}`,
    REDIS_URL: `redis://127.0.0.1:${place.redis.port}`,
    REDIS_WITHOUT_BRPOPLPUSH: String(place.redis.kind === 'stand-in'),
    STORAGE_DIRECTORY: place.storage,
    LOG_LEVEL: 'warn',
    PART_LEASE_SECONDS: String(LEASE),
    PART_MAX_ATTEMPTS: '20',
    RETRY_AFTER_MAX_SECONDS: '1',
    EXPORT_PART_TARGET_BYTES: '100000',
    EXPORT_FILE_MAX_BYTES: '60000',
    WORKER_CONCURRENCY: '2',
    PLANNING_WAIT_SECONDS: '2',
  };
}

async function loadPatients(
  folder: string,
  environment: Readonly<Record<string, string>>,
): Promise<void> {
  const sample = join(folder, 'sample');
  await writeSampleData(sample, { seed: 3, patients: PATIENTS });
  await serviceCli(['migrate'], environment, { output: 'held-back' });
  await serviceCli(['load', sample, '--group', GROUP], environment, { output: 'held-back' });
}

export async function queryOnce<T extends object>(
  connectionString: string,
  sql: string,
  parameters: readonly unknown[] = [],
): Promise<readonly T[]> {
  const client = new Client({ connectionString });
  // What breaks a connection makes its query fail.
  client.on('error', () => undefined);
  await client.connect();
  try {
    return (await client.query<T>(sql, [...parameters])).rows;
  } finally {
    await client.end();
  }
}

/** A running export, watched. */
export interface Watched {
  readonly statusUrl: string;
  /** Resolves with the manifest; rejects when the export fails or says something that cannot be. */
  readonly manifest: Promise<Manifest>;
  /** Percent that were said last. */
  readonly progress: () => number;
}

/** Starts an export and polls it as a patient client does, over every failure of the api. */
export async function startExport({ client }: World): Promise<Watched> {
  const statusUrl = await insisted('a kick-off is taken', () => client.kickOff(GROUP));
  let progress = 0;
  return { statusUrl, manifest: poll(), progress: () => progress };

  async function poll(): Promise<Manifest> {
    for (const end = Date.now() + 120_000; Date.now() < end;) {
      failIfOneCrashed();
      const state = await client.poll(statusUrl).catch(ignoreOutage);
      if (state?.state === 'complete') return state.manifest;
      if (state?.state === 'in-progress') {
        const said = Number.parseInt(state.progress ?? '0', 10);
        if (said < progress) throw new Error(`Progress went back from ${progress} to ${said}.`);
        progress = said;
      }
      await delay((state?.retryAfter ?? 0.2) * 1000);
    }
    throw new Error('The export did not complete within two minutes.');
  }
}

/** What an api that is down, starting or without its database answers; a failed export is none of it. */
function ignoreOutage(error: unknown): undefined {
  const { status } = error as { readonly status?: number };
  if (status === undefined || status === 429 || status === 503) return undefined;
  throw error;
}

/** One hash of everything that an export holds, whatever the order of files and lines. */
export async function contentHash(world: World, manifest: Manifest): Promise<string> {
  if (manifest.error.length > 0) throw new Error('The manifest lists errors.');
  const lines: string[] = [];
  const contents = new Map<string, string>();
  for (const { url, type, count } of manifest.output) {
    // A fault may meet the download, too.
    const content = await insisted('a file is sent', () => sent(world, url));
    contents.set(basename(url), content);
    const own = content.split('\n').slice(0, -1);
    if (own.length !== count) throw new Error(`${type}: ${own.length} lines, ${count} said.`);
    lines.push(...own);
  }
  await verified(manifest, contents);
  if (new Set(lines).size !== lines.length) throw new Error('A resource is there twice.');
  return createHash('sha256').update(lines.sort().join('\n')).digest('hex');
}

/** The certificate must raise no false alarm. */
async function verified(manifest: Manifest, contents: ReadonlyMap<string, string>): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'bulk-verified-'));
  try {
    for (const [name, content] of contents) await writeFile(join(folder, name), content);
    const { faults } = await verifyExport(folder, [manifest]);
    if (faults.length > 0) throw new Error(`verify: ${faults.join(' ')}`);
  } finally {
    await rm(folder, { recursive: true });
  }
}

async function sent({ client }: World, url: string): Promise<string> {
  const target = new PassThrough();
  const [content] = await Promise.all([text(target), client.download(url, target)]);
  return content;
}

/** Asks again after every failure, as clients do, of the last of which it tells in the end. */
async function insisted<T>(what: string, ask: () => Promise<T>): Promise<T> {
  let last: unknown;
  const answer = (): Promise<T | undefined> =>
    ask().catch((error: unknown) => {
      last = error;
      return undefined;
    });
  return until(what, answer).catch((error: unknown) => {
    throw new Error(`${String(error)}: ${String(last)}`, { cause: last });
  });
}

/** Names of all files in the storage, unpublished ones too. */
export async function storedFiles({ storage }: World): Promise<readonly string[]> {
  const entries = await readdir(storage, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(storage.length + 1))
    .sort();
}
