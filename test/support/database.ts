import { randomBytes } from 'node:crypto';

import { Client } from 'pg';
import type { DataSource } from 'typeorm';

/** A database of one test file. */
export interface TestDatabase {
  /** Connection URL. */
  readonly url: string;
  /** Removes the database, cutting connections that are still open. */
  drop(): Promise<void>;
}

/**
 * A new, migrated database, copied from the template that `npm test` prepares.
 *
 * @throws Error when the test runs outside `npm test` and nothing says where PostgreSQL is
 */
export async function createTestDatabase(): Promise<TestDatabase> {
  const admin = required('TEST_DATABASE_URL');
  const template = required('TEST_TEMPLATE_DATABASE');
  const name = `bulk_test_${randomBytes(6).toString('hex')}`;
  await asAdmin(admin, (client) => client.query(`create database ${name} template ${template}`));
  return databaseAt(admin, name);
}

/** What a backup has of a database at this moment, restored into a new one; whoever is connected is cut off. */
export async function restoredCopy(of: string): Promise<TestDatabase> {
  const admin = required('TEST_DATABASE_URL');
  const name = `bulk_test_${randomBytes(6).toString('hex')}`;
  const source = new URL(of).pathname.slice(1);
  await asAdmin(admin, async (client) => {
    await client.query(`alter database ${source} allow_connections false`);
    await client.query(
      'select pg_terminate_backend(pid, 5000) from pg_stat_activity where datname = $1',
      [source],
    );
    await client.query(`create database ${name} template ${source}`);
    await client.query(`alter database ${source} allow_connections true`);
  });
  return databaseAt(admin, name);
}

function databaseAt(admin: string, name: string): TestDatabase {
  const url = new URL(admin);
  url.pathname = `/${name}`;
  return {
    url: url.toString(),
    drop: () => asAdmin(admin, (client) => client.query(`drop database ${name} with (force)`)),
  };
}

/** How many statements that are like a pattern wait for somebody’s lock in this database. */
export async function waitingForLocks(dataSource: DataSource, statement = '%'): Promise<number> {
  const rows = await dataSource.query<unknown[]>(
    `select from pg_stat_activity
     where datname = current_database() and wait_event_type = 'Lock' and query like $1`,
    [statement],
  );
  return rows.length;
}

/** A variable that `npm test` sets. */
export function required(name: string): string {
  const value = process.env[name];
  if (!value) throw new Error(`${name} is not set: run the tests through \`npm test\`.`);
  return value;
}

async function asAdmin(url: string, action: (client: Client) => Promise<unknown>): Promise<void> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    await action(client);
  } finally {
    await client.end();
  }
}
