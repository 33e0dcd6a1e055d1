import { gzipSync } from 'node:zlib';

import type { LoadOptions, LoadSummary, MaxDeletes } from '../../src/feed';
import { runCommand } from '../support/command-line';
import { line, patient, PATIENT_LINKS, TestStore } from '../support/loader';
import { until } from '../support/until';

const ALL = { percent: 100 };

describe('A full extract', () => {
  let store: TestStore;

  beforeEach(async () => {
    store = await TestStore.open();
    await store.loadLines([
      ...['p1', 'p2'].map((id) => line('Patient', id)),
      line('Practitioner', 'd'),
      ...['g1', 'g2', 'g3'].map((id) => line('Goal', id, { subject: patient('p1') })),
      line('Goal', 'g4', { subject: patient('p2'), expressedBy: { reference: 'Practitioner/d' } }),
    ]);
  });

  afterEach(async () => {
    await store.close();
  });

  function loadAll(
    lines: readonly string[] | Buffer,
    maxDeletes: MaxDeletes = ALL,
    options: LoadOptions = {},
  ): Promise<LoadSummary> {
    const complete = { types: ['Goal'], maxDeletes };
    return write(lines).then((path) => store.load([path], { complete, ...options }));
  }

  const write = (lines: readonly string[] | Buffer): Promise<string> =>
    store.write(Buffer.isBuffer(lines) ? 'extract.ndjson.gz' : 'extract.ndjson', lines);
  const goal = (id: string, rest: object = {}): string =>
    line('Goal', id, { subject: patient('p1'), ...rest });
  const stored = (): Promise<readonly unknown[][]> =>
    store.rows('select id from clinical.resource where id <> $$d$$ order by 1');
  const ids = async (): Promise<unknown> => (await stored()).flat();
  const command = (...args: readonly string[]): ReturnType<typeof runCommand> =>
    runCommand({ DATABASE_URL: store.url, PUBLIC_URL: 'https://ehr.example.org' }, args);

  it('deletes what it lacks of its types, all at one later instant, with tombstones of their patients', async () => {
    const summary = await loadAll([goal('g1'), goal('g3', { x: 1 }), goal('g5')]);

    expect(summary).toMatchObject({ deleted: 2, rejected: 0 });
    expect(summary.complete).toStrictEqual([
      { type: 'Goal', stored: 4, input: 3, missing: 2, later: 0, allowed: 4, outcome: 'deleted' },
    ]);
    expect(summary.types.get('Goal')).toMatchObject({ read: 3, new: 1, changed: 1, unchanged: 1 });
    expect(await ids()).toStrictEqual(['g1', 'g3', 'g5', 'p1', 'p2']);
    expect(
      await store.rows(`
        select t.id, t.version::int, t.patient_id, t.last_updated = b.superseded_at,
               count(*) over (partition by t.last_updated)::int
        from clinical.resource_history t
        join clinical.resource_history b using (type, id)
        where t.deleted and not b.deleted order by 1`),
    ).toStrictEqual([
      ['g2', 2, 'p1', true, 2],
      ['g4', 2, 'p2', true, 2],
    ]);
    expect(await store.rows('select source_id from clinical.resource_link')).toStrictEqual([]);
    expect(await store.rows(PATIENT_LINKS)).toHaveLength(1);
  });

  it('counts a deletion that it brings itself as such, and again changes nothing', async () => {
    const bundle = JSON.stringify({
      resourceType: 'Bundle',
      type: 'transaction',
      entry: [{ request: { method: 'DELETE', url: 'Goal/g2' } }],
    });
    const lines = [goal('g1'), goal('g3'), bundle];

    const first = await loadAll(lines);
    const second = await loadAll(lines);

    expect(first).toMatchObject({ deleted: 2, complete: [{ missing: 1 }] });
    expect(first.types.get('Goal')).toMatchObject({ read: 3, changed: 1, unchanged: 2 });
    expect(second).toMatchObject({ deleted: 0, complete: [{ stored: 2, missing: 0 }] });
  });

  it.each<[string, MaxDeletes]>([
    ['24.9 %', { percent: 24.9 }],
    ['0', { count: 0 }],
  ])('that lacks 1 of 4 fails before anything changes where %s may go', async (_, maxDeletes) => {
    const before = await store.snapshot();

    await expect(
      loadAll([goal('g1', { x: 1 }), goal('g2'), goal('g3')], maxDeletes),
    ).rejects.toThrow(
      'The input lacks 1 of 4 stored Goal resources; --max-deletes allows 0. Nothing was loaded.',
    );

    expect(await store.snapshot()).toStrictEqual(before);
  });

  it.each<[string, MaxDeletes]>([
    ['25 %', { percent: 25 }],
    ['1', { count: 1 }],
  ])('that lacks 1 of 4 deletes it where %s may go', async (_, maxDeletes) => {
    const loading = loadAll([goal('g1'), goal('g2'), goal('g3')], maxDeletes);

    await expect(loading).resolves.toMatchObject({ deleted: 1 });
  });

  it.each<[string, MaxDeletes]>([
    ['99 %', { percent: 99 }],
    ['more resources than are stored', { count: 100 }],
  ])(
    'that has none of a type is a mistake, even where %s may be deleted',
    async (_, maxDeletes) => {
      const before = await store.snapshot();

      await expect(loadAll([line('Patient', 'p3')], maxDeletes)).rejects.toThrow(
        'The input holds no Goal, and 4 are stored: only --max-deletes 100% deletes all of a type.',
      );

      expect(await store.snapshot()).toStrictEqual(before);
    },
  );

  it('that has none of a type deletes all of it where that is said', async () => {
    await expect(loadAll([line('Patient', 'p3')])).resolves.toMatchObject({ deleted: 4 });
  });

  it.each<[string, readonly string[] | Buffer]>([
    ['a line of the type is rejected', [goal('g1'), goal('no id')]],
    ['a line of no known type is rejected', [goal('g1'), '{"resourceType":"Gaol","id":"g2"}']],
    ['a line breaks off', [goal('g1'), goal('g2').slice(0, -5)]],
    [
      'an entry of a Bundle is rejected',
      [
        goal('g1'),
        '{"resourceType":"Bundle","type":"batch","entry":[{"request":{"method":"PUT","url":"Goal/g2"}}]}',
      ],
    ],
    [
      'a Bundle cannot be read',
      [
        goal('g1'),
        '{"resourceType":"Bundle","type":"batch","entry":[{"request":{"method":"DELETE"',
      ],
    ],
    ['a file breaks off', gzipSync(`${goal('g1')}\n${goal('g2')}\n`).subarray(0, -9)],
  ])('deletes nothing of a type when %s, and loads the rest', async (_, lines) => {
    const summary = await loadAll(lines);

    expect(summary).toMatchObject({ rejected: 1, deleted: 0, complete: [{ outcome: 'held' }] });
    expect(await ids()).toStrictEqual(['g1', 'g2', 'g3', 'g4', 'p1', 'p2']);
  });

  it('leaves what was written, changed and deleted after it was begun as it is, and tells it', async () => {
    const [begun] = await store.rows(
      `select (max(last_updated) + interval '1 millisecond')::text from clinical.resource`,
    );
    const asOf = String(begun?.[0]);
    const deletion = (id: string): string =>
      JSON.stringify({
        ...{ resourceType: 'Bundle', type: 'transaction' },
        entry: [{ request: { method: 'DELETE', url: `Goal/${id}` } }],
      });
    await until('the extract is begun', async () => {
      const [row] = await store.rows(`select clock_timestamp() > $$${asOf}$$`);
      return row?.[0] === true;
    });
    await store.loadLines([goal('g1', { x: 2 }), deletion('g2'), goal('g5'), goal('g6')]);
    const complete = { types: ['Goal'], maxDeletes: ALL, asOf };

    const summary = await loadAll([goal('g1'), goal('g2'), goal('g7'), deletion('g6')], ALL, {
      complete,
    });

    expect(summary).toMatchObject({
      deleted: 2,
      complete: [{ stored: 5, input: 3, missing: 2, later: 1, outcome: 'deleted' }],
    });
    expect(summary.types.get('Goal')).toMatchObject({ new: 1, changed: 0, unchanged: 2 });
    expect(await ids()).toStrictEqual(['g1', 'g5', 'g6', 'g7', 'p1', 'p2']);
    expect(
      await store.rows(`select content::json ->> 'x' from clinical.resource where id = 'g1'`),
    ).toStrictEqual([['2']]);
  });

  it('is refused without the time of its beginning where a feed brings changes', async () => {
    await store.client.query(
      `insert into feed.feed (name, position, last_batch_at) values ('lab', 1, now())`,
    );
    const before = await store.snapshot();

    await expect(loadAll([goal('g1')])).rejects.toThrow(
      'The store is fed by lab, too. Nothing was loaded. Say with --as-of when the extract was begun',
    );

    expect(await store.snapshot()).toStrictEqual(before);
  });

  it('still deletes of a type when the rejected line is of another', async () => {
    const summary = await loadAll([goal('g1'), line('Patient', 'no id')]);

    expect(summary).toMatchObject({ rejected: 1, deleted: 3 });
  });

  it('is on record with its numbers, which the trial of it is not', async () => {
    await loadAll([goal('g1')], ALL, { isDryRun: true });
    await loadAll([goal('g1', { x: 1 })]);

    expect(
      await store.rows(
        'select action, actor, outcome, detail from audit.event order by id offset 1',
      ),
    ).toStrictEqual([
      [
        ...['store.loaded', 'operator', 'success'],
        { files: 1, written: 1, deleted: 3, rejected: 0, complete: ['Goal'] },
      ],
    ]);
  });

  it('says in a dry run what it would delete, and changes nothing at all', async () => {
    const before = await store.snapshot();
    const path = await write([goal('g1', { x: 1 }), goal('g9'), line('Patient', 'p1')]);

    const dry = await command(
      'load',
      path,
      '--complete',
      'Goal,Patient',
      '--max-deletes',
      '2',
      '--dry-run',
    );

    expect([dry.exitCode, dry.stderr]).toStrictEqual([0, '']);
    expect(dry.stdout).toMatch(/^Dry run, nothing was changed/);
    expect(dry.stdout).toMatch(/^Goal +4 +2 +3 +2 +more than --max-deletes allows/m);
    expect(dry.stdout).toMatch(/^Patient +2 +1 +1 +2 +would be deleted$/m);
    expect(await store.snapshot()).toStrictEqual(before);
  });

  it('may lack one in a hundred unless the command says otherwise, and is told apart in its table', async () => {
    const path = await write([goal('g1'), goal('g2'), goal('g3')]);

    const braked = await command('load', path, '--complete', 'Goal');
    const done = await command('load', path, '--complete', 'Goal', '--max-deletes', '25%');

    expect([braked.exitCode, braked.stderr]).toStrictEqual([
      1,
      expect.stringContaining('lacks 1 of 4 stored Goal resources; --max-deletes allows 0.'),
    ]);
    expect(done.stdout).toMatch(/^Goal +4 +3 +1 +1 +deleted$/m);
    expect(done.stdout).toContain('1 resource(s) deleted.');
  });

  it('refuses options that are wrong or miss others, by name', async () => {
    const path = await write([goal('g1')]);
    const refused: readonly (readonly [readonly string[], string])[] = [
      [['--complete', 'Goal,Gaol'], '--complete: "Gaol" is no resource type'],
      [['--complete', ''], '--complete: "" is no resource type'],
      [['--complete', 'Goal', '--max-deletes', '101%'], '--max-deletes: "101%" is neither'],
      [['--complete', 'Goal', '--max-deletes', '-1'], '--max-deletes: "-1" is neither'],
      [['--max-deletes', '5'], 'complete'],
      [['--dry-run'], 'complete'],
      [['--as-of', '2026-11-30T10:00:00Z'], 'complete'],
      [['--complete', 'Goal', '--as-of', 'noon'], '--as-of: "noon" is no instant'],
      [['--complete', 'Goal', '--as-of', '9999-01-01T00:00:00Z'], '--as-of lies in the future'],
      [['--complete', 'Goal', '--dry-run', '--group', 'g'], 'group'],
    ];

    for (const [args, reason] of refused) {
      const { exitCode, stderr } = await command('load', path, ...args);

      expect([exitCode, stderr]).toStrictEqual([1, expect.stringContaining(reason)]);
    }
    expect(await ids()).toHaveLength(6);
  });
});
