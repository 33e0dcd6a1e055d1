import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { type AddressInfo, connect, createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { compiledFile } from '../../scripts/services';
import { readConfig } from '../../src/config';
import { awaitDependencies } from '../../src/start-up';
import { freePort } from '../support/app';
import { createTestDatabase, required, type TestDatabase } from '../support/database';

/** Starts a program from `dist` that cannot start. @returns its exit code, and the last line on stderr */
function startInVain(
  program: 'main' | 'worker',
  environment: Readonly<Record<string, string>>,
): Promise<readonly [exitCode: number | null, reason: string | undefined]> {
  const env = { PATH: process.env['PATH'], ENV_FILE: '/dev/null', ...environment };
  return new Promise((resolve) => {
    const command = [compiledFile(`src/${program}.js`)];
    const child = execFile(process.execPath, command, { env }, (_, __, stderr) => {
      resolve([child.exitCode, stderr.trim().split('\n').at(-1)]);
    });
  });
}

describe(awaitDependencies.name, () => {
  let folder: string;
  let database: TestDatabase;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'bulk-start-'));
    database = await createTestDatabase();
  });

  afterAll(async () => {
    await database.drop();
    await rm(folder, { recursive: true });
  });

  const usable = (): Readonly<Record<string, string>> => ({
    EMBEDDED: 'true',
    PUBLIC_URL: 'http://127.0.0.1',
    DATABASE_URL: database.url,
    REDIS_URL: required('TEST_REDIS_URL'),
    STORAGE_DIRECTORY: join(folder, 'files'),
    START_WAIT_SECONDS: '1',
    LOG_LEVEL: 'silent',
  });
  const start = (environment: Readonly<Record<string, string>> = {}): Promise<void> =>
    awaitDependencies(readConfig({ ...usable(), ...environment }));
  const changed = (url: string, change: (url: URL) => void): string => {
    const parsed = new URL(url);
    change(parsed);
    return parsed.toString();
  };

  it('resolves when everything can be used', async () => {
    await expect(start()).resolves.toBeUndefined();
  });

  it('says which server has not answered in time', async () => {
    const port = String(await freePort());
    const away = (url: string): string =>
      changed(url, (parsed) => {
        parsed.port = port;
      });

    await expect(start({ DATABASE_URL: away(database.url) })).rejects.toThrow(
      'PostgreSQL (DATABASE_URL) did not answer within 1 s: ECONNREFUSED.',
    );
    await expect(start({ REDIS_URL: away(required('TEST_REDIS_URL')) })).rejects.toThrow(
      'Redis (REDIS_URL) did not answer within 1 s: ECONNREFUSED.',
    );
  });

  it('waits for a server that comes', async () => {
    const { hostname, port: behind } = new URL(database.url);
    const port = await freePort();
    const server = createServer((socket) => {
      const target = connect(Number(behind), hostname);
      for (const end of [socket, target]) end.on('error', () => undefined);
      socket.pipe(target).pipe(socket);
    });
    const started = start({
      START_WAIT_SECONDS: '30',
      DATABASE_URL: changed(database.url, (url) => {
        url.port = String(port);
      }),
    });
    setTimeout(() => server.listen(port, '127.0.0.1'), 200);

    await expect(started).resolves.toBeUndefined();
    server.close();
  });

  it.each([
    ['a Redis that refuses the password', /^Redis \(REDIS_URL\) refuses .* WRONGPASS\.$/],
    ['a Redis without that database', /^Redis \(REDIS_URL\) has no database of the number/],
    ['a PostgreSQL without TLS', /^PostgreSQL \(DATABASE_URL\) has no TLS, .* sslmode/],
    ['a database that does not exist', /^PostgreSQL \(DATABASE_URL\) refuses .* 3D000\.$/],
    ['an old schema', /^The database schema is not up to date, \d+ migration\(s\) are missing/],
    ['a storage that cannot be written', /^STORAGE_DIRECTORY cannot be written: ENOTDIR\.$/],
  ])('ends at once with %s, however long it would wait', async (fault, message) => {
    await writeFile(join(folder, 'file'), '');
    const path = (name: string): string =>
      changed(required('TEST_DATABASE_URL'), (url) => {
        url.pathname = `/${name}`;
      });
    const settings: Readonly<Record<string, Readonly<Record<string, string>>>> = {
      'a Redis that refuses the password': {
        REDIS_URL: changed(required('TEST_REDIS_URL'), (url) => {
          [url.username, url.password] = ['nobody', 'wrong'];
        }),
      },
      'a Redis without that database': {
        REDIS_URL: changed(required('TEST_REDIS_URL'), (url) => {
          url.pathname = '/99999';
        }),
      },
      'a PostgreSQL without TLS': {
        DATABASE_URL: changed(database.url, (url) => {
          url.searchParams.set('sslmode', 'verify-full');
        }),
      },
      'a database that does not exist': { DATABASE_URL: path('no_such_database') },
      'an old schema': { DATABASE_URL: path('template1') },
      'a storage that cannot be written': { STORAGE_DIRECTORY: join(folder, 'file') },
    };

    await expect(start({ START_WAIT_SECONDS: '600', ...settings[fault] })).rejects.toThrow(message);
  });

  describe('of a process that cannot listen', () => {
    let taken: Server;
    let port: number;

    beforeAll(async () => {
      taken = createServer().listen(0, '127.0.0.1');
      await once(taken, 'listening');
      ({ port } = taken.address() as AddressInfo);
    });

    afterAll(() => taken.close());

    it.each([
      ['main', 'PORT', '127.0.0.1', 'PORT %d is taken by another process; set a free port.'],
      [
        'worker',
        'WORKER_PORT',
        '127.0.0.1',
        'WORKER_PORT %d is taken by another process; set a free port.',
      ],
      ['worker', 'WORKER_PORT', '192.0.2.1', 'HOST is no address of this machine: EADDRNOTAVAIL.'],
    ] as const)(
      'names the setting that keeps the %s from it: %s on %s',
      async (program, setting, host, reason) => {
        const settings = { ...usable(), HOST: host, [setting]: String(port) };

        await expect(startInVain(program, settings)).resolves.toStrictEqual([
          1,
          reason.replace('%d', String(port)),
        ]);
      },
    );
  });
});
