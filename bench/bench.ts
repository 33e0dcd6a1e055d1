import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';

import { Client } from 'pg';

import { writeSampleData } from '@app/sample-data';
import { BulkClient } from '@app/smart-client';

import { freshDatabase } from '../scripts/database/fresh-database';
import { serviceCli } from '../scripts/database/service-cli';
import { registerApp, type RunningService, startService } from '../scripts/service';
import { freePort, projectRoot, type Services, startServices } from '../scripts/services';

/** How much is measured. */
export interface Effort {
  readonly patients: number;
  readonly rounds: number;
}

/** Everything that a scenario measures with. */
export interface Bench {
  readonly effort: Effort;
  /** On the disk of the export files. */
  readonly folder: string;
  readonly databaseUrl: string;
  readonly database: Client;
  readonly service: RunningService;
  readonly client: BulkClient;
  readonly signal: AbortSignal;
  readonly log: (line: string) => void;
  /** What the figures depend on besides the code. */
  readonly machine: () => MachineFacts;
}

export type MachineFacts = Readonly<Record<string, string | number | undefined>>;

export const GROUP = 'INF-101';

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
  const port = await freePort();
  const environment = {
    ...services.environment,
    DATABASE_URL: services.databaseUrl,
    PUBLIC_URL: `http://127.0.0.1:${port}`,
    STORAGE_DIRECTORY: path.join(FOLDER, 'storage'),
    LOG_LEVEL: 'warn',
  };
  await loadPatients(effort.patients, environment, signal);
  const place = { directory: FOLDER, environment, signal };
  const credentials = await registerApp({ ...place, name: 'Bench', group: GROUP });
  const service = await startService({ ...place, port });
  const database = new Client({ connectionString: services.databaseUrl });
  try {
    await database.connect();
    const client = new BulkClient({ fhirBase: service.fhirBase, ...credentials });
    const facts = await factsOf(database, services);
    await work({
      effort,
      folder: FOLDER,
      databaseUrl: services.databaseUrl,
      database,
      service,
      client,
      signal,
      log: console.error,
      machine: () => ({ ...facts, load_1min: os.loadavg()[0] }),
    });
  } finally {
    await database.end();
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
