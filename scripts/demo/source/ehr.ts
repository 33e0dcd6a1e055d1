import { once } from 'node:events';
import fs from 'node:fs';
import path from 'node:path';

import { Client } from 'pg';
import QueryStream from 'pg-query-stream';

import { freshDatabase } from '../../database/fresh-database';
import { projectRoot } from '../../services';

const FOLDER = path.join(projectRoot(), 'docs/examples/ehr-database');
/** The statements that a follower of it reads by. */
export const STATEMENTS = path.join(FOLDER, 'statements');
const ROWS_AT_ONCE = 1000;

/**
 * Makes the EHR of docs/examples/ehr-database beside the service's database, with made-up patients.
 *
 * @returns its URL
 */
export async function makeEhr(databaseUrl: string, patients: number): Promise<string> {
  const url = await freshDatabase(databaseUrl, 'ehr');
  await fillEhr(url, patients);
  return url;
}

/** Makes its tables in a database that has none of them, with made-up patients. */
export async function fillEhr(url: string, patients: number): Promise<void> {
  await withEhr(url, async (client) => {
    await client.query(read('schema.sql'));
    await client.query("select set_config('ehr.patients', $1, false)", [String(patients)]);
    await client.query(read('sample.sql'));
  });
}

/** What makes the service follow the EHR, at once and with each reading all of it. */
export function followerSettings(url: string): Readonly<Record<string, string>> {
  return {
    FEED_DATABASE_URL: url,
    FEED_DATABASE_FOLDER: STATEMENTS,
    // One machine has one clock.
    FEED_DATABASE_CLOCK_SKEW_SECONDS: '0',
    FEED_POLL_SECONDS: '1',
    FEED_COMPARE_SECONDS: '0',
    // Whatever is tried, `delete from ehr.note` too.
    FEED_MAX_DELETED_PERCENT: '100',
    SOURCE_FEEDS: 'ehr-database',
    SOURCE_WAIT_SECONDS: '60',
  };
}

/** Runs a statement in the EHR. @returns how many rows it was about */
export async function changeEhr(url: string, sql: string): Promise<number> {
  return await withEhr(url, async (client) => (await client.query(sql)).rowCount ?? 0);
}

/** Writes what the EHR has now to a folder, as NDJSON: a file per type. */
export async function writeEhr(url: string, folder: string): Promise<void> {
  fs.rmSync(folder, { recursive: true, force: true });
  fs.mkdirSync(folder, { recursive: true });
  await withEhr(url, async (client) => {
    for (const type of typesOfEhr()) await writeType(client, type, folder);
  });
}

function typesOfEhr(): readonly string[] {
  const names = fs.readdirSync(STATEMENTS);
  return names.flatMap((name) => /^([A-Za-z]+)\.sql$/.exec(name)?.[1] ?? []);
}

async function writeType(client: Client, type: string, folder: string): Promise<void> {
  const changes = read(`statements/${type}.sql`).replace(/;\s*$/, '');
  const all = changes.replaceAll(':since', "'-infinity'");
  const sql = `select content::text as line from (${all}) found where not deleted`;
  const rows = client.query(new QueryStream(sql, [], { batchSize: ROWS_AT_ONCE }));
  const file = fs.createWriteStream(path.join(folder, `${type}.ndjson`));
  for await (const { line } of rows as AsyncIterable<{ readonly line: string }>) {
    if (!file.write(`${line}\n`)) await once(file, 'drain');
  }
  file.end();
  await once(file, 'finish');
}

async function withEhr<T>(url: string, work: (client: Client) => Promise<T>): Promise<T> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

function read(file: string): string {
  return fs.readFileSync(path.join(FOLDER, file), 'utf8');
}
