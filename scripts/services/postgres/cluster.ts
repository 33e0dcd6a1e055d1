import { randomBytes } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';

import { lastLines } from '../awaited-process';
import { type Account, startTied, type TiedCommand, type TiedProcess } from '../tied-process';

/** One PostgreSQL installation and its data. */
export interface Cluster {
  readonly home: string;
  readonly native: string;
  readonly log: string;
  readonly account: Account | undefined;
  /** False leaves out every fsync: for data that nobody will miss. */
  readonly durable: boolean;
}

export const SUPERUSER = 'bulk';

export const dataOf = (home: string): string => path.join(home, 'data');

const SETTINGS: Readonly<Record<string, string>> = {
  listen_addresses: '127.0.0.1',
  unix_socket_directories: '',
  max_connections: '200',
  shared_buffers: '256MB',
  // Compiling an export's query costs more than it saves, at an unpredictable moment.
  jit: 'off',
  log_checkpoints: 'off',
};
const CARELESS = { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off' };

/** Makes the data directory unless it is there, complete. */
export async function initialise(cluster: Cluster): Promise<void> {
  const data = dataOf(cluster.home);
  if (fs.existsSync(data)) return;
  // Under another name until it is complete: an interrupted initdb leaves something that looks right.
  const draft = path.join(cluster.home, 'data.new');
  fs.rmSync(draft, { recursive: true, force: true });
  fs.mkdirSync(draft, { mode: 0o700 });
  const passwordFile = writePassword(cluster);
  if (cluster.account) fs.chownSync(draft, cluster.account.uid, cluster.account.gid);

  const options = [
    '--auth=scram-sha-256',
    `--pwfile=${passwordFile}`,
    '--encoding=UTF8',
    '--locale=C',
  ];
  if (!cluster.durable) options.push('--no-sync');
  const initdb = startTied({
    ...commonOf(cluster),
    command: path.join(cluster.native, 'bin/initdb'),
    args: ['-D', draft, '-U', SUPERUSER, ...options],
  });
  const code = await initdb.exited;
  if (code !== 0) throw new Error(`initdb failed (exit code ${code}):\n${lastLines(cluster.log)}`);
  fs.renameSync(draft, data);
}

/** Starts the server; it may need a moment before it takes connections. */
export function start(cluster: Cluster, port: number): TiedProcess {
  const settings = { ...SETTINGS, ...(cluster.durable ? {} : CARELESS) };
  return startTied({
    ...commonOf(cluster),
    command: path.join(cluster.native, 'bin/postgres'),
    args: [
      ...['-D', dataOf(cluster.home), '-p', String(port)],
      ...Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]),
    ],
  });
}

export function passwordOf(home: string): string {
  return fs.readFileSync(path.join(home, 'password'), 'utf8').trim();
}

function commonOf({ log, account }: Cluster): Omit<TiedCommand, 'command' | 'args'> {
  return {
    environment: { LC_ALL: 'C', TZ: 'UTC' },
    cwd: '/',
    log,
    // SIGINT is PostgreSQL's fast shutdown: it does not wait for clients, but loses nothing.
    stopSignal: 'SIGINT',
    graceMilliseconds: 60_000,
    ...(account && { account }),
  };
}

function writePassword({ home, account }: Cluster): string {
  const file = path.join(home, 'password');
  fs.writeFileSync(file, `${randomBytes(24).toString('base64url')}\n`, { mode: 0o600 });
  if (account) fs.chownSync(file, account.uid, account.gid);
  return file;
}
