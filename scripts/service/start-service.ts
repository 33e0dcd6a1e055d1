import fs from 'node:fs';
import path from 'node:path';

import { freePort, projectRoot, startTied, type TiedProcess, until } from '../services';

export interface ServiceOptions {
  /** Where the export files and the logs of the processes go. */
  readonly directory: string;
  /** Port of the api on 127.0.0.1. */
  readonly port: number;
  /** What the processes need to find PostgreSQL and Redis; may hold any other setting. */
  readonly environment: Readonly<Record<string, string>>;
  /** Gives up waiting. */
  readonly signal: AbortSignal;
}

/** The service as it is run in production: an api and a worker, each a process of its own. */
export interface RunningService {
  readonly publicUrl: string;
  readonly fhirBase: string;
  readonly api: TiedProcess;
  readonly worker: TiedProcess;
  /** Settles, with a sentence, when one of the processes is gone. */
  readonly ended: Promise<string>;
  /** Ends both in good order. May be called twice. */
  stop(): Promise<void>;
}

type Role = 'api' | 'worker';

const PROGRAMS: Readonly<Record<Role, string>> = { api: 'main.js', worker: 'worker.js' };
const BASE_PATH = '/fhir';

/**
 * Starts an api and a worker from dist and waits until both are ready. They end with this process.
 *
 * @throws Error with the end of the log of one that does not start; nothing is left running then
 */
export async function startService(options: ServiceOptions): Promise<RunningService> {
  const publicUrl = `http://127.0.0.1:${options.port}`;
  const workerPort = await freePort();
  const environment = {
    LOG_LEVEL: 'info',
    ...options.environment,
    ROLE: 'api',
    EMBEDDED: 'true',
    HOST: '127.0.0.1',
    PORT: String(options.port),
    WORKER_PORT: String(workerPort),
    PUBLIC_URL: publicUrl,
    BASE_PATH,
    STORAGE_DIRECTORY: path.join(options.directory, 'storage'),
  };
  const api = startRole('api', options.directory, environment);
  const worker = startRole('worker', options.directory, environment);
  const stop = async (): Promise<void> => {
    await Promise.all([api.stop(), worker.stop()]);
  };
  try {
    await untilReady(api, 'api', publicUrl, options);
    await untilReady(worker, 'worker', `http://127.0.0.1:${workerPort}`, options);
  } catch (error) {
    await stop();
    throw error;
  }
  const ended = Promise.race([
    api.exited.then((code) => `The api ended by itself (exit code ${code}).`),
    worker.exited.then((code) => `The worker ended by itself (exit code ${code}).`),
  ]);
  return { publicUrl, fhirBase: `${publicUrl}${BASE_PATH}`, api, worker, ended, stop };
}

function startRole(
  role: Role,
  directory: string,
  environment: Readonly<Record<string, string>>,
): TiedProcess {
  fs.rmSync(logOf(role, directory), { force: true });
  return startTied({
    command: process.execPath,
    args: ['--enable-source-maps', path.join(projectRoot(), 'dist/src', PROGRAMS[role])],
    environment,
    log: logOf(role, directory),
    stopSignal: 'SIGTERM',
    graceMilliseconds: 10_000,
  });
}

async function untilReady(
  tied: TiedProcess,
  role: Role,
  url: string,
  { directory, signal }: ServiceOptions,
): Promise<void> {
  await until(
    `the ${role} to be ready (its log is ${logOf(role, directory)})`,
    async () => {
      signal.throwIfAborted();
      if (!tied.isRunning) {
        throw new Error(`The ${role} did not start:\n${lastLines(logOf(role, directory))}`);
      }
      return await isReady(`${url}/health/ready`);
    },
    60_000,
  );
}

async function isReady(url: string): Promise<boolean> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(5000) });
    await response.body?.cancel();
    return response.ok;
  } catch {
    return false; // it does not listen yet
  }
}

function logOf(role: Role, directory: string): string {
  return path.join(directory, `${role}.log`);
}

function lastLines(file: string): string {
  if (!fs.existsSync(file)) return '(no log)';
  return fs.readFileSync(file, 'utf8').trimEnd().split('\n').slice(-15).join('\n');
}
