import fs from 'node:fs';
import path from 'node:path';

import { untilReady } from '../awaited-process';
import { freePort } from '../free-port';
import { stopLeftover } from '../leftover';
import { type Service, type ServicePlace } from '../service';
import { startTied } from '../tied-process';
import { answersPing } from './ping';
import { chooseRedis, type RedisKind, type RedisProgram } from './programs';

export { type RedisKind, standInOnly } from './programs';

export interface RedisService extends Service {
  readonly kind: RedisKind;
}

/** A Redis of our own on a port of its own: the best program that this machine offers. */
export async function startRedis(
  { directory, keep, temporary }: ServicePlace,
  log: (line: string) => void,
): Promise<RedisService> {
  const data = path.join(directory, 'redis');
  const pidFile = path.join(data, 'redis.pid');
  await stopLeftover(pidFile, '-server ', 'SIGTERM');
  if (!keep) fs.rmSync(data, { recursive: true, force: true });
  fs.mkdirSync(data, { recursive: true });

  const program = chooseRedis(log);
  const port = await freePort();
  const logFile = path.join(directory, 'redis.log');
  const server = startTied({
    // Not in our own environment: the watchdog, a Node, must not load these libraries.
    command: 'env',
    args: [
      ...(program.libraries === undefined ? [] : [`LD_LIBRARY_PATH=${program.libraries}`]),
      ...[program.command, ...program.args],
      ...(program.kind === 'stand-in' ? [String(port)] : optionsOf(port, data, pidFile)),
    ],
    cwd: data,
    log: logFile,
    stopSignal: 'SIGTERM',
    graceMilliseconds: 10_000,
  });
  const redis = { name: 'Redis', isRunning: () => server.isRunning, log: logFile };
  try {
    await untilReady(redis, () => answersPing(port), 20_000);
  } catch (error) {
    await server.stop();
    throw error;
  }
  return {
    url: `redis://127.0.0.1:${port}`,
    kind: program.kind,
    description: describe(program, port),
    log: logFile,
    exited: server.exited,
    async stop() {
      await server.stop();
      if (temporary) fs.rmSync(data, { recursive: true, force: true });
    },
  };
}

/** Every write in an append-only file, nothing evicted: jobs in a queue are not a cache. */
function optionsOf(port: number, data: string, pidFile: string): readonly string[] {
  return [
    ...['--port', String(port), '--bind', '127.0.0.1', '--dir', data, '--pidfile', pidFile],
    ...['--appendonly', 'yes', '--save', '', '--maxmemory-policy', 'noeviction'],
  ];
}

const ORIGIN: Record<RedisKind, string> = {
  installed: 'of this system, run privately',
  debian: "from Debian's package, unpacked without installing",
  'stand-in': 'stand-in in JavaScript: in memory only, slower, not for production',
};

function describe({ kind, version }: RedisProgram, port: number): string {
  return `${version} (${ORIGIN[kind]}) on port ${port}`;
}
