import type { DataSource } from 'typeorm';

import { Followed } from '../support/followed-source';
import { connectMariadb, mariadbAvailable, NO_MARIADB, OwnMariadb } from '../support/mariadb';
import { until } from '../support/until';

const describeWithServer = mariadbAvailable() ? describe : describe.skip;
if (!mariadbAvailable()) console.warn(NO_MARIADB);

describeWithServer('A follower of a MariaDB database', () => {
  let server: OwnMariadb;
  let ehr: DataSource;
  let followed: Followed;

  beforeAll(async () => {
    server = await OwnMariadb.start();
    ehr = await connectMariadb(server.url);
    await ehr.query(`
      create table chart (
        id varchar(64) primary key, changed_at timestamp(6) not null default current_timestamp(6),
        deleted boolean not null default false, content json)`);
  }, 120_000);

  afterAll(async () => {
    await ehr.destroy();
    await server.stop();
  });

  beforeEach(async () => {
    await ehr.query('truncate chart');
    followed = await Followed.open({
      ...{ FEED_DATABASE_URL: server.url, FEED_DATABASE_OVERLAP_SECONDS: '3' },
      FEED_COMPARE_SECONDS: '0',
    });
    await followed.statement(
      'Goal.sql',
      `select id, changed_at, deleted, content from chart
       where changed_at >= :since and 'is it :so?' <> '' order by changed_at;`,
    );
    await followed.statement('Goal.ids.sql', 'select id from chart where not deleted');
  });

  afterEach(async () => {
    await followed.close();
  });

  const put = (id: string, status: string, by = ehr): Promise<unknown> =>
    by.query(
      `replace into chart (id, content) values (?, json_object('resourceType', 'Goal', 'id', ?, 'status', ?))`,
      [id, id, status],
    );
  async function now(): Promise<Date> {
    const [row] = await ehr.query<{ now: string }[]>(
      `select date_format(utc_timestamp(6), '%Y-%m-%dT%H:%i:%s.%fZ') as now`,
    );
    return new Date(row?.now ?? 0);
  }

  it('brings changes, removals and what is committed late, at a watermark behind its clock by the overlap', async () => {
    for (const id of ['a', 'b', 'c']) await put(id, 'Größe „ä“');
    await followed.start();
    const begun = await now();
    await until('all is taken in', async () => (await followed.current()).length === 3);
    expect(Number(await followed.watermark())).toBeLessThan(begun.getTime());

    const late = await connectMariadb(server.url);
    await late.query('start transaction');
    await put('late', 'on-hold', late);
    await put('a', 'completed');
    await ehr.query(
      `update chart set deleted = true, changed_at = current_timestamp(6) where id = 'b'`,
    );
    await ehr.query(`delete from chart where id = 'c'`);
    await until('others are taken in', async () => (await followed.current()).length === 1);
    await late.query('commit');
    await late.destroy();
    await followed.contains(await now());

    expect(await followed.current()).toStrictEqual([
      ['Goal/a', 2, 'completed'],
      ['Goal/late', 1, 'on-hold'],
    ]);
  });

  it('reads many rows in batches, once', async () => {
    await ehr.query(
      `insert into chart (id, content)
       select concat('g', seq), json_object('resourceType', 'Goal', 'id', concat('g', seq)) from seq_1_to_20000`,
    );
    await followed.start({ FEED_BATCH_ROWS: '6000' });
    await followed.contains(await now());

    expect(
      await followed.store.rows('select count(*)::int, max(version)::int from clinical.resource'),
    ).toStrictEqual([[20_000, 1]]);
  });
});
