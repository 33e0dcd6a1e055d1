import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chownSync, mkdtempSync, rmSync } from 'node:fs';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { Client } from 'pg';

import { freePort } from '../../scripts/services/free-port';
import { serverAccount } from '../../scripts/services/postgres/account';
import { nativePostgres } from '../../scripts/services/postgres/native';
import type { Account } from '../../scripts/services/tied-process';
import { OwnProcess } from './own-process';
import { until } from './until';

/** A PostgreSQL and its streaming replica, both from npm, with an empty database. */
export interface StreamingPair {
  readonly primaryUrl: string;
  readonly replicaUrl: string;
  /** The replica goes on receiving, but shows nothing new. */
  pauseReplay(): Promise<void>;
  resumeReplay(): Promise<void>;
  /** What both servers have logged: all statements, with their parameters and how long they took. */
  logs(): Promise<string>;
  /** Statements that extraction runs, or has run last, on a server. */
  extractions(url: string): Promise<readonly string[]>;
  stop(): Promise<void>;
}

/** A PostgreSQL that can be started, and a folder for its data. */
export interface Installation {
  readonly folder: string;
  readonly bin: string;
  readonly account: Account | undefined;
}

const USER = 'bulk';
const DATABASE = `bulk_${randomBytes(4).toString('hex')}`;

/** The PostgreSQL from npm; undefined, after a warning, where it does not run. */
export function installedPostgres(): Installation | undefined {
  const folder = mkdtempSync(join(tmpdir(), 'bulk-replica-'));
  try {
    const account = serverAccount(join(folder, 'primary'));
    if (account) chownSync(folder, account.uid, account.gid);
    return { folder, account, bin: join(nativePostgres(folder, account), 'bin') };
  } catch (error) {
    rmSync(folder, { recursive: true, force: true });
    console.warn(`Tests of replicas are skipped: ${(error as Error).message}`);
    return undefined;
  }
}

export async function startStreamingPair(installation: Installation): Promise<StreamingPair> {
  const { folder } = installation;
  const servers: OwnProcess[] = [];
  const stop = async (): Promise<void> => {
    for (const server of servers.reverse()) await server.signal('SIGINT');
    await rm(folder, { recursive: true, force: true });
  };
  try {
    const ports = { primary: await freePort(), replica: await freePort() };
    makeData(installation);
    const first = start(installation, 'primary', ports.primary);
    servers.push(first);
    const admin = urlOf(ports.primary, 'postgres');
    await first.untilReady(() => answers(admin));
    await query(admin, `create database ${DATABASE}`);
    await writeFile(join(folder, 'replica/standby.signal'), '');
    const primary = `host=127.0.0.1 port=${ports.primary} user=${USER}`;
    const second = start(installation, 'replica', ports.replica, { primary_conninfo: primary });
    servers.push(second);
    const replicaUrl = urlOf(ports.replica, DATABASE);
    await second.untilReady(() => answers(replicaUrl));
    return pair({ folder, primaryUrl: urlOf(ports.primary, DATABASE), replicaUrl, stop });
  } catch (error) {
    await stop();
    throw error;
  }
}

function pair({
  folder,
  primaryUrl,
  replicaUrl,
  stop,
}: {
  readonly folder: string;
  readonly primaryUrl: string;
  readonly replicaUrl: string;
  readonly stop: () => Promise<void>;
}): StreamingPair {
  return {
    primaryUrl,
    replicaUrl,
    stop,
    logs: async () => {
      const logs = ['primary', 'replica'].map((name) =>
        readFile(join(folder, `${name}.log`), 'utf8'),
      );
      return (await Promise.all(logs)).join('');
    },
    pauseReplay: async () => {
      await query(replicaUrl, 'select pg_wal_replay_pause()');
      await until('replay has paused', async () => {
        const [row] = await query(replicaUrl, 'select pg_get_wal_replay_pause_state() as state');
        return row?.['state'] === 'paused';
      });
    },
    resumeReplay: async () => {
      await query(replicaUrl, 'select pg_wal_replay_resume()');
    },
    extractions: async (url) => {
      const rows = await query(
        url,
        `select query from pg_stat_activity where application_name = 'ehr-bulk-data extraction'`,
      );
      return rows.map((row) => String(row['query']));
    },
  };
}

/** The replica begins as a copy of what initdb made: it streams everything from there on. */
function makeData({ folder, bin, account }: Installation): void {
  const data = join(folder, 'primary');
  const options = ['--auth=trust', '--encoding=UTF8', '--locale=C', '--no-sync'];
  run(join(bin, 'initdb'), ['-D', data, '-U', USER, ...options], account);
  run('cp', ['-a', data, join(folder, 'replica')], account);
}

function run(command: string, args: readonly string[], account: Account | undefined): void {
  const { status, stderr, error } = spawnSync(command, args, {
    cwd: '/',
    encoding: 'utf8',
    ...account,
  });
  if (status !== 0) throw new Error(`${command} failed: ${error?.message ?? stderr}`);
}

function start(
  { folder, bin, account }: Installation,
  name: string,
  port: number,
  further: Readonly<Record<string, string>> = {},
): OwnProcess {
  const settings = {
    listen_addresses: '127.0.0.1',
    unix_socket_directories: '',
    fsync: 'off',
    shared_buffers: '32MB',
    wal_keep_size: '512MB',
    max_standby_streaming_delay: '-1',
    log_statement: 'all',
    log_min_duration_statement: '0',
    log_min_error_statement: 'error',
    ...further,
  };
  const args = Object.entries(settings).flatMap(([key, value]) => ['-c', `${key}=${value}`]);
  return new OwnProcess({
    name: `PostgreSQL (${name})`,
    command: join(bin, 'postgres'),
    args: ['-D', join(folder, name), '-p', String(port), ...args],
    log: join(folder, `${name}.log`),
    cwd: '/',
    env: { PATH: process.env['PATH'], LC_ALL: 'C', TZ: 'UTC' },
    ...(account && { account }),
  });
}

function urlOf(port: number, database: string): string {
  return `postgres://${USER}@127.0.0.1:${port}/${database}`;
}

function answers(url: string): Promise<boolean> {
  return query(url, 'select 1').then(
    () => true,
    () => false,
  );
}

async function query(url: string, sql: string): Promise<readonly Record<string, unknown>[]> {
  const client = new Client({ connectionString: url });
  client.on('error', () => undefined);
  await client.connect();
  try {
    return (await client.query<Record<string, unknown>>(sql)).rows;
  } finally {
    await client.end();
  }
}
