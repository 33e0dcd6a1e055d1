import fs from 'node:fs';
import path from 'node:path';

import { Client } from 'pg';

import type { Bench } from '../bench';
import { findPsql } from '../psql';
import { ingested, type Ingested } from './ingested';
import type { Command } from './measured-command';

const TABLE = `
  create table public.bench_copy (
    type text collate "C" not null, id text collate "C" not null, content text not null,
    primary key (type, id))`;

/** psql's COPY of what a store holds into a table that has a key and nothing else. */
export async function copyIn(bench: Bench, databaseUrl: string): Promise<Ingested | undefined> {
  const psql = findPsql(bench.log);
  if (!psql) return undefined;
  const file = path.join(bench.folder, 'copy-in');
  const environment: Record<string, string> =
    psql.libraries === undefined ? {} : { LD_LIBRARY_PATH: psql.libraries };
  const command = (sql: string): Command => ({
    command: psql.command,
    args: ['-X', '-q', '-v', 'ON_ERROR_STOP=1', '-d', databaseUrl, '-c', sql],
    environment,
    signal: bench.signal,
  });
  const rows = '(select type, id, content from clinical.resource)';
  await ingested(databaseUrl, command(`\\copy ${rows} to '${file}' (format binary)`));
  await makeTable(databaseUrl);
  try {
    return await ingested(
      databaseUrl,
      command(`\\copy public.bench_copy from '${file}' (format binary)`),
    );
  } finally {
    fs.rmSync(file, { force: true });
  }
}

async function makeTable(databaseUrl: string): Promise<void> {
  const client = new Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    await client.query(TABLE);
  } finally {
    await client.end();
  }
}
