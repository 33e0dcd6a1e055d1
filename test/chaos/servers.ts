import { execFile } from 'node:child_process';
import { chownSync, mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';

import { Client } from 'pg';

import { freePort } from '../../scripts/services';
import { serverAccount } from '../../scripts/services/postgres/account';
import { makeHome, removeHome } from '../../scripts/services/postgres/home';
import { nativePostgres } from '../../scripts/services/postgres/native';
import { answersPing } from '../../scripts/services/redis/ping';
import {
  chooseRedis,
  type RedisKind,
  type RedisProgram,
} from '../../scripts/services/redis/programs';
import { type OwnCommand, OwnProcess } from '../support/own-process';

const run = promisify(execFile);
const USER = 'bulk';

/** A server that can be stopped, or killed, and started again at the same address. */
export interface Breakable {
  readonly port: number;
  /** Ends it at once, as a crash would. */
  kill(): Promise<void>;
  /** Ends it in good order, without waiting for its clients. */
  shutDown(): Promise<void>;
  /** Starts it again with what it had made durable. */
  start(): Promise<void>;
  /** Ends it, and removes what it kept. */
  remove(): Promise<void>;
}

/** The URL of the server's database, by way of `port`: its own, or that of a proxy in front of it. */
export function postgresUrl(port: number): string {
  return `postgres://${USER}@127.0.0.1:${port}/postgres`;
}

/** A PostgreSQL of our own that syncs its commits, so that a crash tests what it claims to test. */
export async function breakablePostgres(folder: string): Promise<Breakable> {
  const place = join(folder, 'postgres');
  const data = join(place, 'data');
  const account = serverAccount(data);
  const home = makeHome(place, account);
  const native = nativePostgres(home, account);
  mkdirSync(join(home, 'data'), { mode: 0o700 });
  if (account) chownSync(join(home, 'data'), account.uid, account.gid);
  const owned = { ...account, cwd: '/', env: { ...process.env, LC_ALL: 'C', TZ: 'UTC' } };
  const initdb = ['-D', join(home, 'data'), '-U', USER, '--auth=trust', '--encoding=UTF8'];
  await run(join(native, 'bin/initdb'), [...initdb, '--locale=C', '--no-sync'], owned);
  const port = await freePort();
  const settings = { listen_addresses: '127.0.0.1', unix_socket_directories: '', jit: 'off' };
  const args = [
    ...['-D', join(home, 'data'), '-p', String(port), '-c', 'max_connections=100'],
    ...Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]),
  ];
  const server = new Restartable({
    server: {
      name: 'PostgreSQL',
      command: join(native, 'bin/postgres'),
      args,
      log: join(folder, 'postgres.log'),
      cwd: owned.cwd,
      env: owned.env,
      ...(account && { account }),
    },
    isReady: () => answersSql(postgresUrl(port)),
    // Its "immediate" shutdown: no checkpoint, recovery at the next start. After SIGKILL its children
    // would hold the shared memory for a while.
    killSignal: 'SIGQUIT',
    stopSignal: 'SIGINT',
  });
  await server.start();
  return server.with(port, () => {
    removeHome(place);
  });
}

/** A Redis, or its stand-in, that keeps nothing over a restart: the service must not need it. */
export async function breakableRedis(
  folder: string,
): Promise<Breakable & { readonly kind: RedisKind }> {
  const data = join(folder, 'redis');
  mkdirSync(data, { recursive: true });
  const program = chooseRedis(() => undefined);
  const port = await freePort();
  const server = new Restartable({
    server: {
      name: 'Redis',
      command: program.command,
      args: redisArguments(program, port, data),
      log: join(folder, 'redis.log'),
      cwd: data,
      env: { ...process.env, LD_LIBRARY_PATH: program.libraries },
    },
    isReady: () => answersPing(port),
    killSignal: 'SIGKILL',
    stopSignal: 'SIGTERM',
  });
  await server.start();
  const redis = server.with(port, () => {
    rmSync(data, { recursive: true, force: true });
  });
  return { ...redis, kind: program.kind };
}

function redisArguments({ kind, args }: RedisProgram, port: number, data: string): string[] {
  if (kind === 'stand-in') return [...args, String(port)];
  return [...args, '--port', String(port), '--bind', '127.0.0.1', '--save', '', '--dir', data];
}

interface Recipe {
  readonly server: OwnCommand;
  readonly isReady: () => Promise<boolean>;
  readonly killSignal: NodeJS.Signals;
  readonly stopSignal: NodeJS.Signals;
}

class Restartable {
  private own: OwnProcess | undefined;

  constructor(private readonly recipe: Recipe) {}

  async start(): Promise<void> {
    this.own = new OwnProcess(this.recipe.server);
    await this.own.untilReady(this.recipe.isReady);
  }

  async end(signal: NodeJS.Signals): Promise<void> {
    await this.own?.signal(signal);
  }

  with(port: number, cleanUp: () => void): Breakable {
    return {
      port,
      start: () => this.start(),
      kill: () => this.end(this.recipe.killSignal),
      shutDown: () => this.end(this.recipe.stopSignal),
      remove: async () => {
        await this.end(this.recipe.killSignal);
        cleanUp();
      },
    };
  }
}

async function answersSql(connectionString: string): Promise<boolean> {
  const client = new Client({ connectionString });
  client.on('error', () => undefined);
  try {
    await client.connect();
    await client.query('select 1');
    return true;
  } catch {
    return false;
  } finally {
    await client.end().catch(() => undefined);
  }
}
