import fs from 'node:fs';
import path from 'node:path';

import { Client } from 'pg';

import { untilReady } from '../awaited-process';
import { freePort } from '../free-port';
import { stopLeftover } from '../leftover';
import { type Service, type ServicePlace } from '../service';
import { serverAccount } from './account';
import { type Cluster, dataOf, initialise, passwordOf, start, SUPERUSER } from './cluster';
import { existingHome, makeHome, removeHome } from './home';
import { nativePostgres } from './native';

const DATABASE = 'bulk';

/** PostgreSQL from npm on a port of its own, with an empty database unless the data is kept. */
export async function startPostgres({
  directory,
  keep,
  temporary,
}: ServicePlace): Promise<Service> {
  const place = path.join(directory, 'postgres');
  await stopEarlierServer(place);
  if (!keep) removeHome(place);

  const account = serverAccount(dataOf(place));
  const home = existingHome(place, account) ?? makeHome(place, account);
  const log = path.join(directory, 'postgres.log');
  const native = nativePostgres(home, account);
  const cluster: Cluster = { home, native, log, account, durable: !temporary };
  await initialise(cluster);
  const port = await freePort();
  const server = start(cluster, port);

  const addressOf = (database: string): string =>
    `postgres://${SUPERUSER}:${passwordOf(home)}@127.0.0.1:${port}/${database}`;
  const postgres = { name: 'PostgreSQL', isRunning: () => server.isRunning, log };
  try {
    await untilReady(postgres, () => hasDatabase(addressOf('postgres')), 20_000);
  } catch (error) {
    await server.stop();
    throw error;
  }
  return {
    url: addressOf(DATABASE),
    description: `PostgreSQL 18 from npm on port ${port}`,
    log,
    exited: server.exited,
    async stop() {
      await server.stop();
      if (temporary) removeHome(place);
    },
  };
}

async function stopEarlierServer(place: string): Promise<void> {
  if (!fs.existsSync(place)) return;
  const data = dataOf(fs.realpathSync(place));
  await stopLeftover(path.join(data, 'postmaster.pid'), data, 'SIGINT');
}

/** True once the server answers; the database exists then. */
async function hasDatabase(url: string): Promise<boolean> {
  const client = new Client({ connectionString: url });
  // A connection may break at any time while the server starts; the queries below tell.
  client.on('error', () => undefined);
  try {
    await client.connect();
  } catch {
    return false;
  }
  try {
    const found = await client.query('SELECT 1 FROM pg_database WHERE datname = $1', [DATABASE]);
    if (found.rowCount === 0) await client.query(`CREATE DATABASE ${DATABASE}`);
    return true;
  } finally {
    await client.end();
  }
}
