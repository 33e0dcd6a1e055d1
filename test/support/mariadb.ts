import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

import { DataSource } from 'typeorm';

import { freePort } from '../../scripts/services/free-port';
import { OwnProcess } from './own-process';

const run = promisify(execFile);
const SERVER = '/usr/sbin/mariadbd';

export const NO_MARIADB =
  'Tests with MariaDB are skipped: they need its server (Debian: apt-get install mariadb-server).';

export function mariadbAvailable(): boolean {
  return existsSync(SERVER);
}

/** A MariaDB of a test's own, on an empty database. */
export class OwnMariadb {
  private constructor(
    private readonly folder: string,
    private readonly process: OwnProcess,
    readonly url: string,
  ) {}

  static async start(): Promise<OwnMariadb> {
    const folder = await mkdtemp(join(tmpdir(), 'mariadb-'));
    const data = join(folder, 'data');
    const as = process.getuid?.() === 0 ? ['--user=root'] : [];
    await run('mariadb-install-db', [
      ...['--no-defaults', ...as, `--datadir=${data}`, '--auth-root-authentication-method=normal'],
    ]);
    const port = await freePort();
    const started = new OwnProcess({
      ...{ name: 'MariaDB', command: SERVER, log: join(folder, 'log') },
      args: [
        ...['--no-defaults', ...as, `--datadir=${data}`, `--socket=${join(folder, 'socket')}`],
        ...[`--port=${port}`, '--bind-address=127.0.0.1', '--default-time-zone=+05:00'],
      ],
    });
    const url = `mysql://root@127.0.0.1:${port}/test`;
    await started.untilReady(async () => {
      const session = await connectMariadb(url).catch(() => undefined);
      await session?.destroy();
      return session !== undefined;
    });
    return new OwnMariadb(folder, started, url);
  }

  async stop(): Promise<void> {
    await this.process.signal('SIGKILL');
    await rm(this.folder, { recursive: true, force: true });
  }
}

/** Sessions of an application. */
export function connectMariadb(url: string): Promise<DataSource> {
  return new DataSource({ type: 'mysql', url, poolSize: 1 }).initialize();
}
