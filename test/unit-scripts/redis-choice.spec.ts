import { existsSync } from 'node:fs';

import { packagesFrom } from '../../scripts/services/debian-package';
import { chooseRedis, type Machine } from '../../scripts/services/redis/programs';

const UNPACKED = { command: '/unpacked/redis-server', libraries: '/unpacked/lib' };

/** A machine on which these commands start; apt works when `hasApt`. */
function machine(starting: readonly string[], hasApt = false): Machine {
  return {
    standInOnly: false,
    versionOf: (command) => (starting.includes(command) ? `${command} 7` : undefined),
    debian: () => (hasApt ? UNPACKED : undefined),
  };
}

function choose(on: Machine): {
  kind: string;
  command: string;
  args: readonly string[];
  said: string[];
} {
  const said: string[] = [];
  const { kind, command, args } = chooseRedis((line) => said.push(line), on);
  return { kind, command, args, said };
}

describe('the choice of a Redis', () => {
  it('prefers redis-server on PATH', () => {
    const chosen = choose(machine(['redis-server', 'valkey-server', UNPACKED.command], true));

    expect(chosen).toStrictEqual({
      kind: 'installed',
      command: 'redis-server',
      args: [],
      said: [],
    });
  });

  it('takes valkey-server when redis-server does not start', () => {
    expect(choose(machine(['valkey-server'])).command).toBe('valkey-server');
  });

  it("takes Debian's package when nothing is installed", () => {
    const chosen = choose(machine([UNPACKED.command], true));

    expect(chosen).toStrictEqual({ kind: 'debian', command: UNPACKED.command, args: [], said: [] });
  });

  it("passes over Debian's package when it does not start here", () => {
    expect(choose(machine([], true)).kind).toBe('stand-in');
  });

  it('says so when only the stand-in is left', () => {
    const { kind, said, args } = choose(machine([]));

    expect(kind).toBe('stand-in');
    expect(existsSync(args[0] ?? '')).toBe(true);
    expect(said.join()).toContain('stand-in in JavaScript');
  });

  it('is the stand-in, whatever is installed, when nothing else is wanted', () => {
    const on = { ...machine(['redis-server']), standInOnly: true };

    expect(choose(on)).toMatchObject({ kind: 'stand-in', command: process.execPath });
  });
});

describe('the packages to fetch', () => {
  it('are those that apt would install', () => {
    const simulation = [
      'The following NEW packages will be installed:',
      '  liblzf1 redis-server',
      'Inst liblzf1 (3.6-3 Debian:12.15/oldstable [amd64])',
      'Inst redis-server (5:7.0.15-1~deb12u10 Debian-Security:12/oldstable-security [amd64])',
      'Conf liblzf1 (3.6-3 Debian:12.15/oldstable [amd64])',
    ].join('\n');

    expect(packagesFrom(simulation)).toStrictEqual(['liblzf1', 'redis-server']);
  });
});
