import { spawnSync } from 'node:child_process';
import path from 'node:path';

import { compiledFile, projectRoot } from '../project-root';
import { debianRedis } from './debian';

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
  /** The version of a program that starts, undefined for one that does not. */
  versionOf(command: string, libraries?: string): string | undefined;
  /** Unpacks Debian's package; undefined where that is not possible. */
  debian(log: (line: string) => void): { command: string; libraries: string } | undefined;
}

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
    const version = machine.versionOf(command);
    if (version !== undefined) return { kind: 'installed', command, args: [], version };
  }
  const unpacked = machine.debian(log);
  if (unpacked) {
    const version = machine.versionOf(unpacked.command, unpacked.libraries);
    if (version !== undefined) return { kind: 'debian', ...unpacked, args: [], version };
  }
  return undefined;
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

const thisMachine: Machine = {
  get standInOnly() {
    return standInOnly();
  },
  versionOf(command, libraries) {
    const { status, stdout } = spawnSync(command, ['--version'], {
      encoding: 'utf8',
      timeout: 10_000,
      env: { ...process.env, ...(libraries && { LD_LIBRARY_PATH: libraries }) },
    });
    return status === 0 ? readVersion(command, stdout) : undefined;
  },
  // One copy for demo, tests and benchmark, kept from run to run.
  debian: (log) => debianRedis(path.join(projectRoot(), '.demo/redis-debian'), log),
};

/** `Redis server v=7.0.15 sha=…` or `Valkey server v=8.1.1 …`. */
function readVersion(command: string, output: string): string {
  const found = /^(\w+) server v=([\w.]+)/.exec(output);
  return found ? `${found[1] ?? ''} ${found[2] ?? ''}` : path.basename(command);
}
