import { spawnSync } from 'node:child_process';
import path from 'node:path';

import { discardPackage } from '../debian-package';
import { compiledFile, projectRoot } from '../project-root';
import { debianRedis, type UnpackedRedis } from './debian';

export type RedisKind = 'installed' | 'debian' | 'stand-in';

/** A program that serves the Redis protocol. */
export interface RedisProgram {
  readonly kind: RedisKind;
  readonly command: string;
  /** Arguments before the ones that say where to listen. */
  readonly args: readonly string[];
  /** LD_LIBRARY_PATH that it needs. */
  readonly libraries?: string;
  /** As it calls itself, such as `Redis 7.0.15`. */
  readonly version: string;
}

/** REDIS_STAND_IN=true uses the stand-in whatever is installed: to test with it. */
export function standInOnly(): boolean {
  return process.env['REDIS_STAND_IN'] === 'true';
}

/** How the choice looks at the machine; tests put their own in. */
export interface Machine {
  /** Nothing but the stand-in is to be used. */
  readonly standInOnly: boolean;
  /** The version of a program that starts, or why it does not. */
  tryOut(command: string, libraries?: string): Trial;
  /** Unpacks Debian's package; undefined where that is not possible. */
  debian(log: (line: string) => void): UnpackedRedis | undefined;
  /** Removes what `debian` has unpacked. */
  discardDebian(): void;
}

export type Trial =
  | { readonly version: string; readonly fault?: undefined }
  | { readonly version?: undefined; readonly fault: string };

/**
 * The first that works: a server on PATH, Debian's package without installing it, the stand-in, which
 * needs nothing but Node. A program counts only when it starts: one built for a newer system is passed
 * over.
 */
export function chooseRedis(
  log: (line: string) => void,
  machine: Machine = thisMachine,
): RedisProgram {
  return (machine.standInOnly ? undefined : realRedis(log, machine)) ?? standIn(log, machine);
}

function realRedis(log: (line: string) => void, machine: Machine): RedisProgram | undefined {
  for (const command of ['redis-server', 'valkey-server']) {
    const { version } = machine.tryOut(command);
    if (version !== undefined) return { kind: 'installed', command, args: [], version };
  }
  return unpackedRedis(log, machine);
}

/** A copy of an earlier run that does not start is fetched anew, once. */
function unpackedRedis(log: (line: string) => void, machine: Machine): RedisProgram | undefined {
  for (;;) {
    const unpacked = machine.debian(log);
    if (!unpacked) return undefined;
    const { command, libraries, isNew } = unpacked;
    const { version, fault } = machine.tryOut(command, libraries);
    if (version !== undefined) return { kind: 'debian', command, libraries, args: [], version };
    log(`Debian's redis-server does not start here (${fault}); the unpacked copy is removed.`);
    machine.discardDebian();
    if (isNew) return undefined;
  }
}

function standIn(log: (line: string) => void, { standInOnly }: Machine): RedisProgram {
  const why = standInOnly
    ? 'REDIS_STAND_IN is "true"'
    : 'There is no Redis here and none could be fetched';
  log(`${why}: a stand-in in JavaScript takes its place.`);
  return {
    kind: 'stand-in',
    command: process.execPath,
    args: [compiledFile('scripts/services/redis/stand-in.js')],
    version: 'js-redis-server',
  };
}

// One copy for demo, tests and benchmark, kept from run to run.
const UNPACKED = path.join(projectRoot(), '.demo/redis-debian');

const thisMachine: Machine = {
  get standInOnly() {
    return standInOnly();
  },
  tryOut(command, libraries) {
    const { status, error, stdout, stderr } = spawnSync(command, ['--version'], {
      encoding: 'utf8',
      timeout: 10_000,
      env: { ...process.env, ...(libraries && { LD_LIBRARY_PATH: libraries }) },
    });
    if (status === 0) return { version: readVersion(command, stdout) };
    const lastLine = error?.message ?? stderr.trim().split('\n').at(-1);
    return { fault: lastLine || `exit code ${status ?? '?'}` };
  },
  debian: (log) => debianRedis(UNPACKED, log),
  discardDebian: () => {
    discardPackage({ directory: UNPACKED });
  },
};

/** `Redis server v=7.0.15 sha=…` or `Valkey server v=8.1.1 …`. */
function readVersion(command: string, output: string): string {
  const found = /^(\w+) server v=([\w.]+)/.exec(output);
  return found ? `${found[1] ?? ''} ${found[2] ?? ''}` : path.basename(command);
}
