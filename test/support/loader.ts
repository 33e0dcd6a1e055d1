import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

import { Client } from 'pg';

import { loadFiles, type LoadOptions, type LoadSummary } from '../../src/feed';
import { lockLoads } from '../../src/feed/load-lock';
import { createTestDatabase, type TestDatabase } from './database';
import { until } from './until';

const LOAD_SESSIONS =
  "pg_stat_activity where application_name = 'ehr-bulk-data load' and datname = current_database()";

/** Every link that a patient has. */
export const PATIENT_LINKS = `
  select patient_id, target_type || '/' || target_id from clinical.patient_link order by 1, 2`;

/** An empty store, a folder for input, and ways to load and look at what is stored. */
export class TestStore {
  private constructor(
    private readonly database: TestDatabase,
    readonly client: Client,
    readonly folder: string,
  ) {}

  static async open(): Promise<TestStore> {
    const database = await createTestDatabase();
    const client = new Client({ connectionString: database.url });
    await client.connect();
    return new TestStore(database, client, await mkdtemp(join(tmpdir(), 'loader-')));
  }

  get url(): string {
    return this.database.url;
  }

  async close(): Promise<void> {
    await this.client.end();
    await this.database.drop();
    await rm(this.folder, { recursive: true });
  }

  /** Writes a file below the folder; lines get their ends. */
  async write(name: string, content: readonly string[] | Buffer): Promise<string> {
    const path = join(this.folder, name);
    await mkdir(dirname(path), { recursive: true });
    await writeFile(
      path,
      Buffer.isBuffer(content) ? content : content.map((text) => `${text}\n`).join(''),
    );
    return path;
  }

  load(paths: readonly string[], options: LoadOptions = {}): Promise<LoadSummary> {
    return loadFiles(this.url, paths, {
      rejectsFile: join(this.folder, 'rejects.report'),
      ...options,
    });
  }

  async loadLines(lines: readonly string[], options: LoadOptions = {}): Promise<LoadSummary> {
    return this.load([await this.write('input.ndjson', lines)], options);
  }

  /** Writes to the store as another program does, until it is told to end. */
  async holdWriter(): Promise<{ readonly release: () => Promise<void> }> {
    const client = new Client({ connectionString: this.url });
    await client.connect();
    await lockLoads(client, () => undefined);
    return { release: () => client.end() };
  }

  async rows(sql: string): Promise<readonly unknown[][]> {
    const result = await this.client.query<unknown[]>({ text: sql, rowMode: 'array' });
    return result.rows;
  }

  async contentOf(id: string): Promise<unknown> {
    const { rows } = await this.client.query<{ content: string }>(
      'select content from clinical.resource where id = $1',
      [id],
    );
    return rows[0]?.content;
  }

  /** Everything in the store, row by row. */
  async snapshot(): Promise<readonly unknown[]> {
    const tables = await this.rows(
      `select format('%I.%I', schemaname, tablename) from pg_tables
       where schemaname like 'clinical%' order by 1`,
    );
    const contents: unknown[] = [];
    for (const [table] of tables) {
      contents.push(table, await this.rows(`select t::text from ${String(table)} t order by 1`));
    }
    return contents;
  }

  /** Waits until a load waits for a lock that this store's client holds. */
  async loadIsBlocked(): Promise<void> {
    await until('a load waits for a lock', async () => {
      // Within a transaction PostgreSQL would go on telling what it told first.
      await this.rows('select pg_stat_clear_snapshot()');
      const waiting = await this.rows(
        `select 1 from ${LOAD_SESSIONS} and wait_event_type = 'Lock'`,
      );
      return waiting.length > 0;
    });
  }

  /** Waits until no session of a load is left. */
  async loadHasEnded(): Promise<void> {
    await until('no load is running', async () => {
      const sessions = await this.rows(`select 1 from ${LOAD_SESSIONS}`);
      return sessions.length === 0;
    });
  }
}

/** A resource on one line, its members in the order given. */
export function line(type: string, id: string, rest: object = {}): string {
  return JSON.stringify({ resourceType: type, id, ...rest });
}

/** A reference to a patient. */
export function patient(id: string): { readonly reference: string } {
  return { reference: `Patient/${id}` };
}
