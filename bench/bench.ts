import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';

import { Client } from 'pg';

import { writeSampleData } from '@app/sample-data';
import { BulkClient } from '@app/smart-client';

import { freshDatabase } from '../scripts/database/fresh-database';
import { serviceCli } from '../scripts/database/service-cli';
import {
  type AppCredentials,
  registerApp,
  type RunningService,
  startService,
} from '../scripts/service';
import { freePort, projectRoot, type Services, startServices } from '../scripts/services';

/** How much is measured. */
export interface Effort {
  readonly patients: number;
  readonly rounds: number;
}

/** A service that runs for a scenario, and a client of it. */
export interface Served {
  readonly service: RunningService;
  readonly client: BulkClient;
}

export interface Serving {
  /** Settings of the api and the workers, besides those of the environment. */
  readonly settings?: Readonly<Record<string, string>>;
  /** Worker processes; 1 by default. */
  readonly workers?: number;
}

/** Everything that a scenario measures with. */
export interface Bench {
  readonly effort: Effort;
  /** On the disk of the export files. */
  readonly folder: string;
  readonly databaseUrl: string;
  readonly redisUrl: string;
  readonly database: Client;
  readonly signal: AbortSignal;
  readonly log: (line: string) => void;
  /** Runs a command of the service's command line. */
  readonly command: (args: readonly string[], settings: Serving['settings']) => Promise<void>;
  /** Starts a service, has `work` use it, and stops it whatever happens. */
  readonly serve: <T>(serving: Serving, work: (served: Served) => Promise<T>) => Promise<T>;
  /** What the figures depend on besides the code. */
  readonly machine: () => MachineFacts;
}

export type MachineFacts = Readonly<Record<string, string | number | undefined>>;

/** All patients. */
export const GROUP = 'INF-101';
/** One patient of a hundred. */
export const SMALL_GROUP = 'ONE-IN-100';
/** One patient. */
export const ONE_PATIENT = 'ONE';

const FOLDER = path.join(projectRoot(), '.bench');
const DATABASE = 'bulk_bench';
const SEED = 7;

/** Sets everything up, runs `work`, and takes everything down again, whatever happens. */
export async function withBench(
  effort: Effort,
  signal: AbortSignal,
  work: (bench: Bench) => Promise<void>,
): Promise<void> {
  const services = await startServices({ directory: FOLDER, temporary: true });
  try {
    signal.throwIfAborted();
    const url = await freshDatabase(services.databaseUrl, DATABASE);
    await withData({ ...services, databaseUrl: url }, effort, signal, work);
  } finally {
    await services.stop();
    fs.rmSync(FOLDER, { recursive: true, force: true });
  }
}

async function withData(
  services: Services,
  effort: Effort,
  signal: AbortSignal,
  work: (bench: Bench) => Promise<void>,
): Promise<void> {
  const environment = {
    ...services.environment,
    DATABASE_URL: services.databaseUrl,
    LOG_LEVEL: 'warn',
  };
  await loadPatients(effort.patients, environment, signal);
  const groups = [GROUP, SMALL_GROUP, ONE_PATIENT];
  const place = { directory: FOLDER, environment, signal };
  const credentials = await registerApp({ ...place, name: 'Bench', groups });
  const database = new Client({ connectionString: services.databaseUrl });
  try {
    await database.connect();
    const facts = await factsOf(database, services);
    await work({
      effort,
      folder: FOLDER,
      databaseUrl: services.databaseUrl,
      redisUrl: services.redisUrl,
      database,
      signal,
      log: console.error,
      command: async (args, settings) => {
        await serviceCli(args, { ...environment, ...settings }, { signal, output: 'stderr' });
      },
      serve: (serving, use) => serve({ ...place, credentials }, serving, use),
      machine: () => ({ ...facts, load_1min: os.loadavg()[0] }),
    });
  } finally {
    await database.end();
  }
}

async function serve<T>(
  place: {
    readonly directory: string;
    readonly environment: Readonly<Record<string, string>>;
    readonly signal: AbortSignal;
    readonly credentials: AppCredentials;
  },
  { settings, workers = 1 }: Serving,
  work: (served: Served) => Promise<T>,
): Promise<T> {
  const environment = { ...place.environment, ...settings };
  const service = await startService({ ...place, environment, workers, port: await freePort() });
  try {
    const client = new BulkClient({ fhirBase: service.fhirBase, ...place.credentials });
    const crash = service.ended.then((sentence) => {
      throw new Error(sentence);
    });
    return await Promise.race([work({ service, client }), crash]);
  } finally {
    await service.stop();
  }
}

async function loadPatients(
  patients: number,
  environment: Readonly<Record<string, string>>,
  signal: AbortSignal,
): Promise<void> {
  console.error(`Generating and loading ${patients} patients ...`);
  await serviceCli(['migrate'], environment, { signal, output: 'held-back' });
  const sample = path.join(FOLDER, 'sample');
  await writeSampleData(sample, { seed: SEED, patients });
  await serviceCli(['load', sample, '--group', GROUP], environment, { signal, output: 'stderr' });
  fs.rmSync(sample, { recursive: true });
  await makeSmallGroups(environment, signal);
}

async function makeSmallGroups(
  environment: Readonly<Record<string, string>>,
  signal: AbortSignal,
): Promise<void> {
  const quiet = { signal, output: 'held-back' } as const;
  const make = async (id: string, name: string, members: readonly string[]): Promise<void> => {
    const file = path.join(FOLDER, 'members.txt');
    fs.writeFileSync(file, members.map((member) => `${member}\n`).join(''));
    await serviceCli(['groups', 'create', id, '--name', name], environment, quiet);
    await serviceCli(['groups', 'add', id, '--from', file], environment, quiet);
  };
  const database = new Client({ connectionString: environment['DATABASE_URL'] });
  await database.connect();
  try {
    const { rows } = await database.query<{ id: string }>(
      `select id from (select id, row_number() over (order by id) as n
                       from clinical.resource where type = 'Patient') p where n % 100 = 1`,
    );
    const members = rows.map(({ id }) => id);
    await make(SMALL_GROUP, 'One of a hundred', members);
    await make(ONE_PATIENT, 'One', members.slice(0, 1));
    // As after a night in production: what autovacuum does sooner or later.
    await database.query('vacuum analyze');
  } finally {
    await database.end();
  }
}

async function factsOf(database: Client, services: Services): Promise<MachineFacts> {
  const { rows } = await database.query<{ version: string }>(
    "select current_setting('server_version') as version",
  );
  const cpus = os.cpus();
  return {
    cpus: cpus.length,
    cpu: cpus[0]?.model.trim(),
    memory_gb: Math.round(os.totalmem() / 1e9),
    platform: `${os.platform()} ${os.release()}`,
    node: process.version,
    postgresql: rows[0]?.version,
    redis: services.redisKind,
  };
}
