import { randomBytes } from 'node:crypto';

import { Logger } from '@nestjs/common';
import { Client } from 'pg';
import { DataSource } from 'typeorm';

import { TransactionTimes } from '../../src/clinical-data';
import { readConfig } from '../../src/config';
import { dataSourceOptions } from '../../src/database';
import { createTestDatabase, type TestDatabase } from '../support/database';
import { SourceWriter, type WriteClock } from '../support/source-writer';
import { until } from '../support/until';

const NEVER = new AbortController().signal;

describe('The instant that is chosen for an export', () => {
  let database: TestDatabase;
  const opened: { readonly end: () => Promise<void> }[] = [];

  beforeAll(() => {
    Logger.overrideLogger(false);
  });

  beforeEach(async () => {
    database = await createTestDatabase();
  });

  afterEach(async () => {
    for (const one of opened.splice(0).reverse()) await one.end();
    await database.drop();
  });

  async function connect(url = database.url): Promise<Client> {
    const client = new Client({ connectionString: url });
    await client.connect();
    opened.push(client);
    return client;
  }

  /** Chooses as a planner would that waits `seconds` for older writers. */
  async function planner(seconds = 0, url = database.url): Promise<() => Promise<string>> {
    const config = readConfig({
      EMBEDDED: 'true',
      PUBLIC_URL: 'http://localhost',
      DATABASE_URL: url,
      REDIS_URL: 'redis://127.0.0.1:1',
      STORAGE_DIRECTORY: '/nowhere',
      PLANNING_WAIT_SECONDS: String(seconds),
    });
    const dataSource = await new DataSource(dataSourceOptions(config)).initialize();
    opened.push({ end: () => dataSource.destroy() });
    const times = new TransactionTimes(dataSource, config);
    return () => times.choose(NEVER);
  }

  const goal = (id: string, version = 1) => ({
    type: 'Goal',
    id,
    version,
    patients: ['p'],
    content: () => `{"resourceType":"Goal","id":"${id}"}`,
  });

  it.each<WriteClock>(['write_instant', 'clock_timestamp'])(
    'is earlier than what a transaction stamps that had no id yet, by %s (MF-03)',
    async (clock) => {
      const choose = await planner();
      const client = await connect();
      await client.query('begin');
      const time = await choose();

      const writer = new SourceWriter(client, clock);
      await client.query('select pg_current_xact_id()');
      const stamped = await writer.put(goal('late'));
      await client.query('commit');

      expect(Date.parse(stamped)).toBeGreaterThan(Date.parse(time));
    },
  );

  it('waits for what was written below savepoints (MF-02)', async () => {
    const choose = await planner(30);
    const client = await connect();
    const writer = new SourceWriter(client);
    await client.query('begin');
    await client.query('savepoint below');
    const stamped = await writer.put(goal('nested'));
    let chosen = '';

    const choosing = choose().then((time) => {
      chosen = time;
    });
    const looks = new Set<string>();
    await until('the planner has looked twice', async () => {
      const { rows } = await client.query<{ at: string }>(
        `select query_start::text as at from pg_stat_activity
         where datname = current_database() and query like '%pg_xact_status%' and pid <> pg_backend_pid()`,
      );
      for (const { at } of rows) looks.add(at);
      await client.query('select pg_stat_clear_snapshot()');
      return looks.size > 1;
    });
    expect(chosen).toBe('');
    await client.query('commit');

    await choosing;
    expect(Date.parse(chosen)).toBeGreaterThanOrEqual(Date.parse(stamped));
  });

  it('never goes back to before one that was chosen, whoever goes on writing', async () => {
    const choose = await planner();
    const client = await connect();
    await client.query('begin');
    await client.query('select 1');
    const first = await choose();
    const writer = new SourceWriter(client);
    const stamped = await writer.put(goal('slow'));

    const second = await choose();

    // The writer's transaction began before `first`, which was settled all the same.
    expect(Date.parse(second)).toBeGreaterThanOrEqual(Date.parse(first));
    expect(Date.parse(second)).toBeLessThan(Date.parse(stamped));
  });

  it('is never one that a later write falls onto, though the clock has gone back (MF-03)', async () => {
    const choose = await planner();
    const client = await connect();
    // As if the clock had been an hour ahead when the last export was planned.
    await client.query(
      "update clinical.store_clock set promised = clock_timestamp() + interval '1 hour'",
    );
    const exports: number[] = [];
    const writes: number[] = [];

    for (const id of ['a', 'b', 'c']) {
      exports.push(Date.parse(await choose()));
      const writer = new SourceWriter(client);
      await writer.begin();
      writes.push(Date.parse(await writer.put(goal(id))));
      await client.query('commit');
    }
    const last = Date.parse(await choose());

    expect(writes.every((time, index) => time > (exports[index] ?? NaN))).toBe(true);
    expect(writes.every((time, index) => time <= (exports[index + 1] ?? last))).toBe(true);
  });

  describe('where the service may not see whose transactions run', () => {
    let role: string;
    let url: string;
    let admin: Client;

    beforeEach(async () => {
      role = `reader_${randomBytes(6).toString('hex')}`;
      admin = await connect();
      await admin.query(`create role ${role} login password 'secret'`);
      await admin.query(`grant usage on schema clinical to ${role}`);
      await admin.query(
        `grant select, insert, update, delete on all tables in schema clinical to ${role}`,
      );
      const own = new URL(database.url);
      own.username = role;
      own.password = 'secret';
      url = own.toString();
      opened.unshift({
        end: async () => {
          await admin.query(`drop owned by ${role}`);
          await admin.query(`drop role ${role}`);
          await admin.end();
        },
      });
      opened.splice(opened.indexOf(admin), 1);
    });

    /** A writer that the service cannot date, and then a later one that it can. */
    async function twoWriters(): Promise<string> {
      const hidden = await connect();
      await hidden.query('begin');
      const stamped = await new SourceWriter(hidden).put(goal('hidden'));
      const seen = await connect(url);
      await seen.query('begin');
      await new SourceWriter(seen).put(goal('seen'));
      return stamped;
    }

    it('is none, rather than one after a writer that cannot be dated (MF-03)', async () => {
      const choose = await planner(0, url);
      await twoWriters();

      await expect(choose()).rejects.toThrow('their start is not known');
    });

    it('is the one that was settled before (MF-03)', async () => {
      const choose = await planner(0, url);
      const settled = await choose();
      const stamped = await twoWriters();

      const time = await choose();

      expect(time).toBe(settled);
      expect(Date.parse(time)).toBeLessThan(Date.parse(stamped));
    });
  });
});
