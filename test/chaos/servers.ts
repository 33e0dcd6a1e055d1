import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chownSync, mkdirSync, openSync, rmSync } from 'node:fs';
import { platform } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

import { Client } from 'pg';

import { freePort } from '../../scripts/services';
import { serverAccount } from '../../scripts/services/postgres/account';
import { makeHome, removeHome } from '../../scripts/services/postgres/home';
import { nativePostgres } from '../../scripts/services/postgres/native';
import { answersPing } from '../../scripts/services/redis/ping';
import { chooseRedis, type RedisProgram } from '../../scripts/services/redis/programs';
import { until } from '../support/until';

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
    launch: () => tied(join(native, 'bin/postgres'), args, join(folder, 'postgres.log'), owned),
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

/** A Redis that keeps nothing over a restart: the service must not need it. */
export async function breakableRedis(folder: string): Promise<Breakable> {
  const data = join(folder, 'redis');
  mkdirSync(data, { recursive: true });
  const program = chooseRedis(() => undefined);
  const port = await freePort();
  const server = new Restartable({
    launch: () =>
      tied(program.command, redisArguments(program, port, data), join(folder, 'redis.log'), {
        cwd: data,
        env: { ...process.env, LD_LIBRARY_PATH: program.libraries },
      }),
    isReady: () => answersPing(port),
    killSignal: 'SIGKILL',
    stopSignal: 'SIGTERM',
  });
  await server.start();
  return server.with(port, () => {
    rmSync(data, { recursive: true, force: true });
  });
}

function redisArguments({ kind, args }: RedisProgram, port: number, data: string): string[] {
  if (kind === 'stand-in') return [...args, String(port)];
  return [...args, '--port', String(port), '--bind', '127.0.0.1', '--save', '', '--dir', data];
}

interface Recipe {
  readonly launch: () => ChildProcess;
  readonly isReady: () => Promise<boolean>;
  readonly killSignal: NodeJS.Signals;
  readonly stopSignal: NodeJS.Signals;
}

class Restartable {
  private child: ChildProcess | undefined;

  constructor(private readonly recipe: Recipe) {}

  async start(): Promise<void> {
    this.child = this.recipe.launch();
    await until('the server answers', this.recipe.isReady, 60);
  }

  async end(signal: NodeJS.Signals): Promise<void> {
    const { child } = this;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const ended = once(child, 'exit');
    child.kill(signal);
    await ended;
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

/** On Linux the program ends with us, even when we are killed. */
export function tied(
  command: string,
  args: readonly string[],
  log: string,
  options: { readonly cwd?: string; readonly env?: NodeJS.ProcessEnv },
): ChildProcess {
  const output = openSync(log, 'a');
  const stdio: ('ignore' | number)[] = ['ignore', output, output];
  if (platform() !== 'linux') return spawn(command, args, { ...options, stdio });
  return spawn('setpriv', ['--pdeathsig', 'KILL', '--', command, ...args], { ...options, stdio });
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
