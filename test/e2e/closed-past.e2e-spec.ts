import { Logger } from '@nestjs/common';
import { Client } from 'pg';
import { DataSource } from 'typeorm';

import { TransactionTimes } from '../../src/clinical-data';
import { readConfig } from '../../src/config';
import { dataSourceOptions } from '../../src/database';
import { createTestDatabase, type TestDatabase } from '../support/database';
import { SourceWriter } from '../support/source-writer';
import { until } from '../support/until';

const REFUSED = { code: '23514' };
/** A row of each relation, as of an hour ago and still in force. */
const STATE = [
  `insert into clinical.resource (last_updated, version, type, id, patient_id, content_digest, content)
   select now() - interval '1 hour', 1, 'Goal', id, 'p', '\\x00', '{}' from unnest(array['g', 'h']) id`,
  `insert into clinical.resource_history (last_updated, superseded_at, version, deleted, type, id, patient_id)
   values (now() - interval '1 hour', 'infinity', 2, true, 'Goal', 'gone', 'p')`,
  `insert into clinical.compartment (type, id, patient_id, valid_from) values ('Goal', 'g', 'q', now() - interval '1 hour')`,
  `insert into clinical.provenance_target (provenance_id, target_type, target_id, valid_from)
   values ('v', 'Goal', 'g', now() - interval '1 hour')`,
  `insert into clinical.patient_link (patient_id, target_type, target_id, first_seen)
   values ('p', 'Practitioner', 'd', now() - interval '1 hour')`,
];
/** With `$` for an instant. */
const ENTRIES = {
  'a resource': `insert into clinical.resource (last_updated, version, type, id, patient_id, content_digest, content)
    values ($, 1, 'Goal', 'new', 'p', '\\x00', '{}')`,
  'a resource, by its partition': `insert into clinical.resource_goal (last_updated, version, type, id, content_digest, content)
    values ($, 1, 'Goal', 'new', '\\x00', '{}')`,
  'a version that follows': `update clinical.resource set last_updated = $, version = 2 where id = 'g'`,
  'a version, by upsert': `insert into clinical.resource (last_updated, version, type, id, content_digest, content)
    values ($, 2, 'Goal', 'g', '\\x00', '{}')
    on conflict (type, id) do update set last_updated = excluded.last_updated`,
  'a deletion': `insert into clinical.resource_history (last_updated, superseded_at, version, deleted, type, id)
    values ($, 'infinity', 2, true, 'Goal', 'x')`,
  'the end of a version': `insert into clinical.resource_history (last_updated, superseded_at, version, type, id, patient_id, content)
    select last_updated, $, version, type, id, patient_id, content from clinical.resource where id = 'g'`,
  'the end of a deletion': `update clinical.resource_history set superseded_at = $ where id = 'gone'`,
  'a compartment': `insert into clinical.compartment (type, id, patient_id, valid_from) values ('Goal', 'g', 'r', $)`,
  'the end of a compartment': `update clinical.compartment set valid_to = $`,
  'a target': `insert into clinical.provenance_target (provenance_id, target_type, target_id, valid_from)
    values ('v', 'Goal', 'h', $)`,
  'the end of a target': `update clinical.provenance_target set valid_to = $`,
  'a link': `insert into clinical.patient_link (patient_id, target_type, target_id, first_seen)
    values ('p', 'Practitioner', 'e', $)`,
} as const;

/** A version that was never the latest here. */
const UNKNOWN = `insert into clinical.resource_history (last_updated, superseded_at, version, type, id, content)
    values ($, 'infinity', 1, 'Goal', 'x', '{}')`;

describe('The past of the store', () => {
  let database: TestDatabase;
  let client: Client;
  let dataSource: DataSource;
  let times: TransactionTimes;

  beforeEach(async () => {
    Logger.overrideLogger(false);
    database = await createTestDatabase();
    client = await connect();
    const config = readConfig({
      EMBEDDED: 'true',
      PUBLIC_URL: 'http://localhost',
      DATABASE_URL: database.url,
      REDIS_URL: 'redis://127.0.0.1:1',
      STORAGE_DIRECTORY: '/nowhere',
      PLANNING_WAIT_SECONDS: '0',
    });
    dataSource = await new DataSource(dataSourceOptions(config)).initialize();
    times = new TransactionTimes(dataSource, config);
    for (const statement of STATE) await client.query(statement);
  });

  afterEach(async () => {
    await client.end();
    await dataSource.destroy();
    await database.drop();
  });

  async function connect(): Promise<Client> {
    const own = new Client({ connectionString: database.url });
    await own.connect();
    return own;
  }

  const choose = (): Promise<string> => times.choose(new AbortController().signal);
  const at = (statement: string, instant: string): string => statement.replaceAll('$', instant);
  const promised = `(select promised from clinical.store_clock)`;

  it('takes everything until an instant has been promised', async () => {
    for (const [name, statement] of Object.entries(ENTRIES)) {
      await client.query('begin');
      await expect(
        client.query(at(statement, `now() - interval '1 minute'`)).then(() => name),
      ).resolves.toBe(name);
      await client.query('rollback');
    }
  });

  it('takes nothing of what was promised, and everything after it (MF-03)', async () => {
    await choose();

    for (const [name, statement] of Object.entries(ENTRIES)) {
      for (const instant of [promised, `now() - interval '1 minute'`]) {
        await expect(client.query(at(statement, instant)).then(() => name)).rejects.toMatchObject(
          REFUSED,
        );
      }
      await client.query('begin');
      await expect(
        client.query(at(statement, 'clinical.write_instant()')).then(() => name),
      ).resolves.toBe(name);
      await client.query('rollback');
    }
  });

  it('takes no version into the history that was never the latest (MF-03)', async () => {
    await choose();

    await expect(client.query(at(UNKNOWN, `now() - interval '1 minute'`))).rejects.toMatchObject(
      REFUSED,
    );
  });

  it.each([
    `update clinical.resource set patient_id = 'q' where id = 'g'`,
    `update clinical.resource set last_updated = last_updated - interval '1 hour' where id = 'g'`,
    `update clinical.resource_history set patient_id = 'q'`,
    `update clinical.compartment set patient_id = 'z'`,
    `update clinical.provenance_target set target_id = 'z'`,
    `update clinical.patient_link set first_seen = first_seen - interval '1 hour'`,
    `update clinical.patient_link set first_seen = clinical.write_instant()`,
  ])('does not change once it was promised: %s', async (statement) => {
    await choose();

    await expect(client.query(statement)).rejects.toMatchObject(REFUSED);
  });

  it('lets versions be moved to the history before they are replaced, and in the same statement', async () => {
    await choose();
    const move = `insert into clinical.resource_history (last_updated, superseded_at, version, type, id, patient_id, content)
      select last_updated, clinical.write_instant(), version, type, id, patient_id, content from`;

    await client.query('begin');
    await client.query(`${move} clinical.resource where id = 'g'`);
    await client.query(`delete from clinical.resource where id = 'g'`);
    await client.query('commit');
    await client.query(
      `with gone as (delete from clinical.resource where id = 'h' returning *) ${move} gone`,
    );

    const { rows } = await client.query<{ id: string }>(
      'select id from clinical.resource_history where not deleted order by id',
    );
    expect(rows).toStrictEqual([{ id: 'g' }, { id: 'h' }]);
  });

  it('lets texts be erased by hand', async () => {
    await choose();

    await client.query(`update clinical.resource set content = '{}', content_digest = '\\x01'`);
    const { rowCount } = await client.query('delete from clinical.resource');

    expect(rowCount).toBe(2);
  });

  it('is open as far as it was when a transaction was given its id, whatever is promised meanwhile', async () => {
    await choose();
    const writer = new SourceWriter(client, 'clock_timestamp');
    await writer.begin();
    const { rows } = await client.query<{ instant: string }>(
      'select clock_timestamp()::text as instant',
    );
    for (let count = 0; count < 3; count += 1) await choose();
    const written = `'${rows[0]?.instant ?? ''}'`;

    await client.query(at(ENTRIES['a resource'], written));
    await client.query('commit');
    await choose();

    await expect(client.query(at(ENTRIES['a link'], written))).rejects.toMatchObject(REFUSED);
  });

  it('is closed to who has taken an instant and no id before the promise (MF-03)', async () => {
    await client.query('begin');
    await client.query('select now()');
    await choose();

    await expect(client.query(at(ENTRIES['a resource'], 'now()'))).rejects.toMatchObject(REFUSED);
  });

  it('is closed before the start of each writer, for planners step back to it (MF-02)', async () => {
    await choose();
    await client.query('begin');
    await client.query('select pg_current_xact_id()');

    const time = await choose();

    const earlier = `'${time}'`;
    await expect(client.query(at(ENTRIES['a resource'], earlier))).rejects.toMatchObject(REFUSED);
  });

  it('is closed to writers that cannot see what is promised meanwhile', async () => {
    await client.query('begin isolation level repeatable read');

    await expect(client.query(at(ENTRIES['a resource'], 'clock_timestamp()'))).rejects.toThrow(
      'READ COMMITTED',
    );
  });

  it('is not promised while a first load fills it, and not filled once it was promised', async () => {
    await client.query('begin');
    await client.query(at(ENTRIES['a resource'], `now() - interval '1 year'`));
    const other = await connect();
    await other.query('begin');
    await other.query('select clinical.may_fill_past()');
    await expect(choose()).rejects.toThrow('held by a first load');

    await client.query('commit');
    await expect(choose()).rejects.toThrow('held by a first load');
    await other.query('rollback');
    const time = await choose();

    const { rows } = await other.query<{ open: boolean }>(
      'select clinical.may_fill_past() as open',
    );
    await other.end();
    expect(Date.parse(time)).toBeGreaterThan(Date.now() - 60_000);
    expect(rows).toStrictEqual([{ open: false }]);
  });

  it('keeps one promise for all transactions that have ended', async () => {
    const kept = async (): Promise<number> => {
      const { rows } = await client.query<{ count: number }>(
        'select count(*)::int from clinical.promise',
      );
      return rows[0]?.count ?? NaN;
    };
    for (let count = 0; count < 5; count += 1) await choose();

    const left = await until('transactions of other databases have ended too', async () => {
      await choose();
      const count = await kept();
      return count <= 2 && count;
    });
    expect(left).toBeGreaterThan(0);
  });
});
