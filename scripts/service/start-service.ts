import fs from 'node:fs';
import path from 'node:path';

import {
  compiledFile,
  freePort,
  lastLines,
  startTied,
  type TiedProcess,
  untilReady,
} from '../services';

export interface ServiceOptions {
  /** Where the export files and the logs of the processes go. */
  readonly directory: string;
  /** Port of the api on 127.0.0.1. */
  readonly port: number;
  /** What the processes need to find PostgreSQL and Redis; may hold any other setting. */
  readonly environment: Readonly<Record<string, string>>;
  /** Worker processes; 1 by default. */
  readonly workers?: number;
  /** A process that follows the source that the environment names; none by default. */
  readonly follows?: boolean;
  /** Gives up waiting. */
  readonly signal: AbortSignal;
}

/** The service as it is run in production: an api and workers, each a process of its own. */
export interface RunningService {
  readonly publicUrl: string;
  readonly fhirBase: string;
  readonly api: TiedProcess;
  readonly workers: readonly TiedProcess[];
  /** Settles, with a sentence, when one of the processes is gone. */
  readonly ended: Promise<string>;
  /** Ends all in good order. May be called twice. */
  stop(): Promise<void>;
}

/** One of the processes. */
interface Member {
  /** `api`, `feed`, `worker`, `worker-2` …: its log is called so. */
  readonly name: string;
  readonly tied: TiedProcess;
  /** Where its health can be asked for. */
  readonly url: string;
}

const BASE_PATH = '/fhir';
/** As the image starts it. */
const MEMORY = ['--max-old-space-size=256', '--max-semi-space-size=2'];

/**
 * Starts an api and workers from dist and waits until all are ready. They end with this process.
 *
 * @throws Error with the end of the log of one that does not start; nothing is left running then
 */
export async function startService(options: ServiceOptions): Promise<RunningService> {
  const publicUrl = `http://127.0.0.1:${options.port}`;
  const environment = environmentOf(options, publicUrl);
  const api = startRole('api', options.directory, environment);
  const members: Member[] = [{ name: 'api', tied: api, url: publicUrl }];
  for (let number = 1; number <= (options.workers ?? 1); number++) {
    const name = number === 1 ? 'worker' : `worker-${number}`;
    members.push(await startBeside(name, options.directory, environment));
  }
  if (options.follows) {
    const feed = { ...environment, ROLE: 'feed' };
    members.push(await startBeside('feed', options.directory, feed));
  }
  const stop = async (): Promise<void> => {
    await Promise.all(members.map(({ tied }) => tied.stop()));
  };
  try {
    for (const member of members) await becomeReady(member, options);
  } catch (error) {
    await stop();
    throw error;
  }
  const ended = Promise.race(
    members.map(({ name, tied }) =>
      tied.exited.then((code) => {
        const end = lastLines(logOf(name, options.directory));
        return `The ${name} ended by itself (exit code ${code}).\n${end}`;
      }),
    ),
  );
  const workers = members.filter(({ name }) => name.startsWith('worker')).map(({ tied }) => tied);
  return { publicUrl, fhirBase: `${publicUrl}${BASE_PATH}`, api, workers, ended, stop };
}

function environmentOf(
  { environment, directory, port }: ServiceOptions,
  publicUrl: string,
): Readonly<Record<string, string>> {
  return {
    LOG_LEVEL: 'info',
    ...environment,
    // A `.env` in the working folder is about another service.
    ENV_FILE: '/dev/null',
    ROLE: 'api',
    EMBEDDED: 'true',
    HOST: '127.0.0.1',
    PORT: String(port),
    PUBLIC_URL: publicUrl,
    BASE_PATH,
    STORAGE_DIRECTORY: path.join(directory, 'storage'),
  };
}

/** A process with a port of its own, for its health. */
async function startBeside(
  name: string,
  directory: string,
  environment: Readonly<Record<string, string>>,
): Promise<Member> {
  const port = String(await freePort());
  const tied = startRole(name, directory, { ...environment, WORKER_PORT: port });
  return { name, tied, url: `http://127.0.0.1:${port}` };
}

function startRole(
  name: string,
  directory: string,
  environment: Readonly<Record<string, string>>,
): TiedProcess {
  const program = name.startsWith('worker') ? 'worker.js' : 'main.js';
  fs.rmSync(logOf(name, directory), { force: true });
  return startTied({
    command: process.execPath,
    args: [...MEMORY, compiledFile(`src/${program}`)],
    environment,
    log: logOf(name, directory),
    stopSignal: 'SIGTERM',
    graceMilliseconds: 10_000,
  });
}

async function becomeReady(
  { name, tied, url }: Member,
  { directory, signal }: ServiceOptions,
): Promise<void> {
  const log = logOf(name, directory);
  await untilReady({ name: `The ${name}`, isRunning: () => tied.isRunning, log }, async () => {
    signal.throwIfAborted();
    return await isReady(`${url}/health/ready`);
  });
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

function logOf(name: string, directory: string): string {
  return path.join(directory, `${name}.log`);
}
