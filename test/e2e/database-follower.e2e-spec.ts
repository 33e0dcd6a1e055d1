import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import { Client } from 'pg';

import { changeEhr, fillEhr, STATEMENTS, writeEhr } from '../../scripts/demo/source/ehr';
import { createTestDatabase, type TestDatabase } from '../support/database';
import { Followed } from '../support/followed-source';
import { until } from '../support/until';

const CHANGES = `
  select id, changed_at, deleted, content from chart
  where type = 'Goal' and changed_at >= :since
  order by changed_at -- the order lets a reading go on
  ;`;
/** How many the EHR has while its writers are at work: `FOLLOWER_PATIENTS=2000` takes some minutes. */
const PATIENTS = Number(process.env['FOLLOWER_PATIENTS'] ?? '4');
const GOALS_EACH = 9;
const IDS = "select id from chart where type = 'Goal' and not deleted";

describe('A follower of a PostgreSQL database', () => {
  let source: TestDatabase;
  let ehr: Client;
  let followed: Followed;

  beforeEach(async () => {
    source = await createTestDatabase();
    ehr = await connect();
    await ehr.query(`
      create table chart (
        type text default 'Goal', id text, changed_at timestamptz not null default now(),
        deleted boolean default false, content json, primary key (type, id))`);
    followed = await Followed.open({ FEED_DATABASE_URL: source.url });
    await followed.statement('Goal.sql', CHANGES);
    await followed.statement('Goal.ids.sql', IDS);
  });

  afterEach(async () => {
    await followed.close();
    await ehr.end();
    await source.drop();
  });

  async function connect(url = source.url): Promise<Client> {
    const client = new Client({ connectionString: url });
    client.on('error', () => undefined);
    await client.connect();
    return client;
  }

  /** Writes a goal as an application of the EHR does. */
  async function put(id: string, status: string, by = ehr): Promise<void> {
    await by.query(
      `insert into chart (id, content)
       values ($1, json_build_object('resourceType', 'Goal', 'id', $1::text, 'status', $2::text))
       on conflict (type, id) do update
         set content = excluded.content, changed_at = now(), deleted = false`,
      [id, status],
    );
  }

  async function now(): Promise<Date> {
    const { rows } = await ehr.query<{ now: Date }>('select clock_timestamp() as now');
    return rows[0]?.now ?? new Date(0);
  }

  it('brings what there is, then each change and each soft deletion, and unchanged rows as nothing', async () => {
    await put('a', 'active');
    await put('b', 'active');
    await ehr.query(`insert into chart values ('Goal', 'c', now(), true, null)`);
    await followed.start();
    await followed.contains(await now());
    expect(await followed.current()).toStrictEqual([
      ['Goal/a', 1, 'active'],
      ['Goal/b', 1, 'active'],
    ]);

    await put('a', 'completed');
    await ehr.query(`update chart set deleted = true, changed_at = now() where id = 'b'`);
    await followed.contains(await now());

    expect(await followed.current()).toStrictEqual([['Goal/a', 2, 'completed']]);
    expect(
      await followed.store.rows('select id from clinical.resource_history where deleted'),
    ).toStrictEqual([['b']]);
  });

  it('keeps the watermark before a change that is stamped and not committed, and finds it afterwards', async () => {
    await followed.start({ FEED_DATABASE_OVERLAP_SECONDS: '0' });
    const writer = await connect();
    const undone = await connect();
    await writer.query('begin');
    await undone.query('begin');
    await put('late', 'active', writer);
    await put('never', 'active', undone);
    const stamp = (await writer.query<{ now: Date }>('select now()')).rows[0]?.now ?? new Date();
    await put('early', 'active');
    await until('others are taken in', async () => (await followed.current()).length === 1);

    const before = await followed.watermark();
    await undone.query('rollback');
    await writer.query('commit');
    await Promise.all([writer.end(), undone.end()]);
    await followed.contains(await now());

    expect(before?.getTime()).toBeLessThanOrEqual(stamp.getTime());
    expect(await followed.current()).toStrictEqual([
      ['Goal/early', 1, 'active'],
      ['Goal/late', 1, 'active'],
    ]);
  });

  it('promises the overlap alone when its role may not see the transactions of others', async () => {
    const role = `reader_${Date.now()}`;
    await ehr.query(`create role ${role} login password 'r'`);
    await ehr.query(`grant select on chart to ${role}`);
    const url = new URL(source.url);
    [url.username, url.password] = [role, 'r'];
    try {
      await put('a', 'active');
      const begun = await now();
      await followed.start({
        ...{ FEED_DATABASE_URL: url.href, FEED_DATABASE_OVERLAP_SECONDS: '2' },
      });
      await until('it is taken in', async () => (await followed.current()).length === 1);
      const first = await followed.watermark();

      expect(first?.getTime()).toBeLessThan(begun.getTime());
      await followed.contains(begun);
    } finally {
      await followed.stop();
      await ehr.query(`drop owned by ${role}`);
      await ehr.query(`drop role ${role}`);
    }
  });

  it('finds what is removed without a trace by comparing ids, and holds its hand when too much is missing', async () => {
    await ehr.query(
      `insert into chart (id, content) select 'g' || n,
         json_build_object('resourceType', 'Goal', 'id', 'g' || n, 'status', 'active')
       from generate_series(1, 300) n`,
    );
    await followed.store.loadLines(['{"resourceType":"Goal","id":"of-another-feed"}']);
    await followed.start({ FEED_COMPARE_SECONDS: '0' });
    await followed.contains(await now());

    await ehr.query(`delete from chart where id in ('g1', 'g2')`);
    await followed.contains(await now());
    const afterTwo = await followed.current();
    await ehr.query(`delete from chart where id <> 'g3'`);
    await until('it is told', async () => {
      const metric = 'bulk_follower_withheld_deletions{feed="ehr-database",type="Goal"}';
      return (await followed.metric(metric)) === 297;
    });

    expect(afterTwo).toHaveLength(299);
    expect(await followed.current()).toStrictEqual(afterTwo);
    await followed.stop();
    await followed.start({ FEED_COMPARE_SECONDS: '0', FEED_MAX_DELETED_PERCENT: '100' });
    await followed.contains(await now());
    expect(await followed.current()).toStrictEqual([
      ['Goal/g3', 1, 'active'],
      ['Goal/of-another-feed', 1, null],
    ]);
  });

  it('finds that a resource is gone whose deletion was read, and lost with its batch', async () => {
    await put('a', 'active');
    await followed.start({ FEED_COMPARE_SECONDS: '0' });
    await followed.contains(await now());
    await followed.store.rows(`
      create function lose() returns trigger language plpgsql as $$ begin raise 'lost'; end $$;
      create trigger lost before insert on feed.batch execute function lose()`);
    await ehr.query(`update chart set deleted = true, changed_at = now() where id = 'a'`);
    await until('a batch has failed', async () => {
      return (await followed.metric('bulk_follower_source_up{feed="ehr-database"}')) === 0;
    });
    await ehr.query(`delete from chart where id = 'a'`);
    await followed.store.rows('drop trigger lost on feed.batch');
    await followed.contains(await now());

    expect(await followed.current()).toStrictEqual([]);
  });

  it('takes in what it can, whatever single rows hold', async () => {
    await ehr.query('alter table chart alter content type text');
    await ehr.query(`
      insert into chart (id, content) values
        ('not an id', '{"resourceType":"Goal","id":"not an id"}'),
        ('x', '{"resourceType":"Goal","id":"y"}'),
        ('z', '{"resourceType":"Patient","id":"z"}'),
        ('torn', '{"resourceType":"Goal",'),
        ('none', null),
        ('lines', e'{\\n"resourceType" : "Goal",\\r\\n"id":"lines", "note": [{"text": "1.10"}], "order": 1.10}')`);
    await put('good', 'active');
    await followed.start();
    await followed.contains(await now());

    expect((await followed.current()).map(([name]) => name)).toStrictEqual([
      'Goal/good',
      'Goal/lines',
    ]);
    expect(await followed.store.contentOf('lines')).toContain('"order": 1.10');
    expect(
      await followed.store.rows('select distinct reason from feed.rejected_line'),
    ).toStrictEqual([[expect.stringMatching(/^not valid JSON/)]]);
    expect(
      await followed.metric('bulk_follower_left_out_total{feed="ehr-database",type="Goal"}'),
    ).toBeGreaterThanOrEqual(4);
  });

  it('reads everything of a type again when its statement has changed, and of a type that is new', async () => {
    await put('a', 'active');
    await ehr.query(`update chart set changed_at = '2001-01-01'`);
    await ehr.query(
      `insert into chart values ('Patient', 'p', '2001-01-01', false, '{"resourceType":"Patient","id":"p"}')`,
    );
    await followed.start();
    await followed.contains(await now());
    await followed.stop();

    await followed.statement('Patient.sql', CHANGES.replace("'Goal'", "'Patient'"));
    await followed.statement(
      'Goal.sql',
      CHANGES.replace(
        'deleted, content',
        `deleted, replace(content::text, 'active', 'on-hold') as content`,
      ),
    );
    await followed.start();
    await followed.contains(await now());

    expect(await followed.current()).toStrictEqual([
      ['Goal/a', 2, 'on-hold'],
      ['Patient/p', 1, null],
    ]);
  });

  it('goes on in the midst of a type, and once its source is back', async () => {
    await ehr.query(
      `insert into chart (id, changed_at, content)
       select 'g' || n, timestamptz '2020-01-01' + n * interval '1 s',
         json_build_object('resourceType', 'Goal', 'id', 'g' || n, 'status', 'active')
       from generate_series(1, 5000) n`,
    );
    await ehr.query(`insert into chart (id, changed_at) values ('bad', '2020-01-01 01:00')`);
    // Rows come as they are found: the one in the middle ends each reading, as a lost connection does.
    await ehr.query('create index on chart (changed_at)');
    const name = new URL(source.url).pathname.slice(1);
    await ehr.query(`alter database ${name} set enable_sort = off`);
    const deleted = "deleted and 1 / (case id when 'bad' then 0 else 1 end) = 1 as deleted,";
    await followed.statement('Goal.sql', CHANGES.replace('deleted,', deleted));
    await ehr.query(`update chart set deleted = true where id = 'bad'`);
    await followed.start({ FEED_BATCH_ROWS: '1000' });
    await until('it has failed', async () => {
      return (await followed.metric('bulk_follower_source_up{feed="ehr-database"}')) === 0;
    });
    await followed.stop();
    const taken = await followed.store.rows(
      `select sequence::int, (counts -> 'Goal' ->> 'new')::int, up_to from feed.batch order by 1`,
    );
    const [at] = await followed.store.rows(
      `select cursor #>> '{source,begun,within,from}' from feed.feed`,
    );
    await ehr.query(`delete from chart where id = 'bad'`);
    await followed.start({ FEED_BATCH_ROWS: '1000' });
    await followed.contains(await now());

    // The checkpoint after the third thousand would have come with the fourth batch.
    expect(at).toStrictEqual(['2020-01-01T00:33:20.000Z']);
    expect(taken.slice(0, 3)).toStrictEqual([1, 2, 3].map((sequence) => [sequence, 1000, null]));
    expect(
      await followed.store.rows('select count(*)::int, max(version)::int from clinical.resource'),
    ).toStrictEqual([[5000, 1]]);
    const [read] = await followed.store.rows(
      `select sum((counts -> 'Goal' ->> 'read')::int)::int from feed.batch`,
    );
    expect(read?.[0]).toBeLessThan(7500);
  });

  it(
    'equals the log of the EHR at each watermark, whatever its writers do',
    async () => {
      await ehr.query(`
      create table log (seq bigserial, id text, state text, at timestamptz default now());
      begin;
      insert into chart (type, id, content)
      select type, id, json_build_object('resourceType', type, 'id', id, 'status', 'first')
      from generate_series(1, ${PATIENTS}) p, generate_series(0, ${GOALS_EACH}) g,
        lateral (select case g when 0 then 'Patient' else 'Goal' end as type,
                        case g when 0 then 'p' || p else 'g' || p || '-' || g end as id) named;
      insert into log (id, state) select id, 'first' from chart;
      commit`);
      await followed.statement('Patient.sql', CHANGES.replace("'Goal'", "'Patient'"));
      await followed.statement('Patient.ids.sql', IDS.replace("'Goal'", "'Patient'"));
      let isOver = false;
      const writers = [0, 1, 2].map(async (number) => {
        const client = await connect();
        for (let turn = 0; !isOver; turn++) await writeAtRandom(client, number, turn);
        await client.end();
      });
      await followed.start({ FEED_COMPARE_SECONDS: '0', FEED_DATABASE_OVERLAP_SECONDS: '1' });
      await until(
        'there are batches',
        async () => {
          const [row] = await followed.store.rows('select count(*)::int from feed.batch');
          return Number(row?.[0]) > 25;
        },
        60 + PATIENTS / 10,
      );
      isOver = true;
      await Promise.all(writers);
      await followed.contains(await now());

      const batches = await followed.store.rows(
        'select instant::text, up_to::text from feed.batch where up_to is not null order by sequence',
      );
      for (const [instant, upTo] of batches) {
        expect(await contradictions(String(instant), String(upTo))).toStrictEqual([]);
      }
      const { rows: ends } = await ehr.query(
        'select distinct on (id) id, state from log order by id, seq desc',
      );
      expect(
        await followed.store.rows(
          `select id, content::json ->> 'status' from clinical.resource order by id collate "C"`,
        ),
      ).toStrictEqual(
        (ends as { id: string; state: string | null }[])
          .filter(({ state }) => state !== null)
          .map(({ id, state }) => [id, state])
          .sort(([a = ''], [b = '']) => (String(a) < String(b) ? -1 : 1)),
      );
    },
    120_000 + PATIENTS * 300,
  );

  /** A transaction of an application: some changes and their log, long or short, ended either way. */
  async function writeAtRandom(client: Client, writer: number, turn: number): Promise<void> {
    const stamp = Math.random() < 0.5 ? 'now()' : 'clock_timestamp()';
    await client.query('begin');
    for (let left = Math.ceil(Math.random() * 4); left > 0; left--) {
      const id = anyIdOf(writer);
      const state = `${writer}-${turn}-${left}`;
      const kind = Math.random();
      if (kind < 0.15) await client.query('delete from chart where id = $1', [id]);
      else {
        await client.query(
          `insert into chart (type, id, changed_at, deleted, content)
           values ($4, $1, ${stamp}, $2, json_build_object('resourceType', $4::text, 'id', $1::text, 'status', $3::text))
           on conflict (type, id) do update set
             changed_at = excluded.changed_at, deleted = excluded.deleted, content = excluded.content`,
          [id, kind < 0.3, state, id.startsWith('p') ? 'Patient' : 'Goal'],
        );
      }
      await client.query(`insert into log (id, state, at) values ($1, $2, ${stamp})`, [
        ...[id, kind < 0.3 ? null : state],
      ]);
      if (Math.random() < 0.3) await client.query('select pg_sleep(random() * 0.4)');
    }
    await client.query(Math.random() < 0.2 ? 'rollback' : 'commit');
  }

  /** Every third patient is of one writer, so that the log has the order of the commits. */
  function anyIdOf(writer: number): string {
    const goal = Math.floor(Math.random() * (GOALS_EACH + 1));
    const patient = 1 + writer + 3 * Math.floor((Math.random() * PATIENTS) / 3);
    return goal === 0 ? `p${patient}` : `g${patient}-${goal}`;
  }

  /** Resources that the store held at an instant in a state that the log had left by the watermark. */
  async function contradictions(instant: string, upTo: string): Promise<readonly unknown[]> {
    const held = await followed.store.rows(
      `select id, content::json ->> 'status' from clinical.version
       where not deleted and valid_from <= '${instant}' and valid_to > '${instant}'`,
    );
    const states = new Map(held.map(([id, state]) => [String(id), state]));
    const { rows } = await ehr.query<{ id: string; allowed: (string | null)[] }>(
      `select id, array_agg(state) filter (where seq >= settled) as allowed
       from (
         select id, state, seq,
           coalesce(max(seq) filter (where at <= $1) over (partition by id), 0) as settled
         from log
       ) l
       group by id having max(settled) > 0`,
      [upTo],
    );
    return rows.filter(({ id, allowed }) => !allowed.includes((states.get(id) ?? null) as string));
  }

  it('follows the example of the documents, to the byte, from its first row to a change', async () => {
    await fillEhr(source.url, 12);
    await followed.start({ FEED_DATABASE_FOLDER: STATEMENTS, FEED_COMPARE_SECONDS: '0' });
    await followed.contains(await now());
    await writeEhr(source.url, followed.folder);
    const files = readdirSync(followed.folder).filter((name) => name.endsWith('.ndjson'));
    const lines = files.flatMap((name) =>
      readFileSync(join(followed.folder, name), 'utf8').split('\n').filter(Boolean),
    );
    const stored = await followed.store.rows(
      `select regexp_replace(content::text, ',"meta":\\{[^}]*\\}', '') from clinical.resource`,
    );
    const held = new Set(stored.flat());
    await changeEhr(
      source.url,
      `update ehr.patient set city = 'Elsewhere' where guid = 'patient-3'`,
    );
    await changeEhr(source.url, `delete from ehr.note where guid = 'note-4'`);
    await followed.contains(await now());

    expect(files).toHaveLength(11);
    expect(stored).toHaveLength(lines.length);
    expect(lines.filter((line) => !held.has(line))).toStrictEqual([]);
    expect(
      await followed.store.rows(`select id, deleted, content::text like '%Elsewhere%'
        from clinical.version where valid_to = 'infinity' and (deleted or version > 1) order by id`),
    ).toStrictEqual([
      ['note-4', true, null],
      ['patient-3', false, true],
    ]);
  });

  it('is done by one process at a time, and by another as soon as that one has gone', async () => {
    await followed.start();
    await put('a', 'active');
    await followed.contains(await now());
    await followed.start();
    const active = 'bulk_follower_active{feed="ehr-database"}';
    const second = await followed.metric(active);
    await ehr.query(`
      select pg_terminate_backend(pid) from pg_stat_activity
      where application_name = 'ehr-bulk-data follower' and datname = '${new URL(followed.store.url).pathname.slice(1)}'`);
    await put('b', 'active');
    await followed.contains(await now());

    expect(second).toBe(0);
    expect(await followed.current()).toHaveLength(2);
    const positions = await followed.store.rows('select count(*) = max(sequence) from feed.batch');
    expect(positions).toStrictEqual([[true]]);
  });
});
