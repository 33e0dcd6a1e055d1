import { existsSync, mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

import { packagesFrom } from '../../scripts/services/debian-package';
import { debianRedis } from '../../scripts/services/redis/debian';
import { chooseRedis, type Machine } from '../../scripts/services/redis/programs';

const UNPACKED = { command: '/unpacked/redis-server', libraries: '/unpacked/lib', isNew: true };

/** A machine on which these commands start; apt works when `hasApt`. */
function machine(starting: readonly string[], hasApt = false): Machine {
  return {
    standInOnly: false,
    tryOut: (command) =>
      starting.includes(command) ? { version: `${command} 7` } : { fault: 'it cannot' },
    debian: () => (hasApt ? UNPACKED : undefined),
    discardDebian: () => undefined,
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
    const discardDebian = jest.fn();

    const { kind, said } = choose({ ...machine([], true), discardDebian });

    expect(kind).toBe('stand-in');
    expect(said.join()).toContain('does not start here (it cannot)');
    expect(discardDebian).toHaveBeenCalledTimes(1);
  });

  it('fetches a kept copy anew when it has stopped starting', () => {
    const copies = [
      { ...UNPACKED, command: '/kept/redis-server', isNew: false },
      { ...UNPACKED, isNew: true },
    ];
    const discardDebian = jest.fn();
    const on = {
      ...machine([UNPACKED.command]),
      debian: () => copies.shift(),
      discardDebian,
    };

    expect(choose(on)).toMatchObject({ kind: 'debian', command: UNPACKED.command });
    expect(discardDebian).toHaveBeenCalledTimes(1);
  });

  it('unpacks what runs where only the tools of Redis are installed', () => {
    const directory = mkdtempSync(path.join(tmpdir(), 'redis-debian-'));
    try {
      const said: string[] = [];
      const unpacked = debianRedis(path.join(directory, 'redis'), (line) => said.push(line));
      if (!unpacked) {
        console.log(`Left out: no package of Debian could be had. ${said.join(' ')}`);
        return;
      }

      expect(existsSync(realpathSync(unpacked.command))).toBe(true);
      expect(realpathSync(unpacked.command).startsWith(realpathSync(directory))).toBe(true);
    } finally {
      rmSync(directory, { recursive: true, force: true });
    }
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
