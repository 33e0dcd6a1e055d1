import { readFile } from 'node:fs/promises';

import fc from 'fast-check';

import { line, patient, TestStore } from '../support/loader';

interface Version {
  readonly time: string;
  readonly number: number;
  readonly text: string;
  readonly owner: string;
  readonly other: string | undefined;
}

const KEEP = { keepMeta: true };
const PROMISE = `
  update clinical.store_clock set promised = date_trunc('milliseconds', clock_timestamp() - interval '1 millisecond')
  returning promised::text`;
const TIMES = ['2020-01-01T00:00:00Z', '2021-06-01T00:00:00Z', '2022-01-01T01:00:00+01:00'];

/** Several versions of one resource: texts come again, times may be equal, numbers go with the times. */
const history = fc
  .uniqueArray(fc.record({ at: fc.nat(2), number: fc.integer({ min: 1, max: 9 }) }), {
    selector: ({ number }) => number,
    minLength: 1,
    maxLength: 4,
  })
  .chain((keys) =>
    fc.tuple(
      ...keys.map(({ at, number }) =>
        fc.record({
          time: fc.constant(TIMES[at] ?? ''),
          number: fc.constant(number),
          text: fc.constantFrom('a', 'b'),
          owner: fc.constantFrom('p', 'q'),
          other: fc.constantFrom('r', 's', undefined),
        }),
      ),
    ),
  )
  .map((versions: readonly Version[]) => [...versions].sort(byAge));
/** A history, and the load in which each of its versions comes, in which order. */
const arrival = history.chain((versions) =>
  fc.record({
    versions: fc.constant(versions),
    order: fc.shuffledSubarray([...versions.keys()], { minLength: versions.length }),
    loads: fc.array(fc.nat(2), { minLength: versions.length, maxLength: versions.length }),
  }),
);
type Arrival = typeof arrival extends fc.Arbitrary<infer T> ? T : never;

function byAge(a: Version, b: Version): number {
  return Date.parse(a.time) - Date.parse(b.time) || a.number - b.number;
}

function lineOf(id: string, { time, number, text, owner, other }: Version): string {
  return line('Observation', id, {
    meta: { versionId: String(number), lastUpdated: time },
    note: text,
    subject: patient(owner),
    performer: other === undefined ? [] : [patient(other)],
  });
}

/** The lines of one load of three, those of every history. */
function linesOf(arrivals: readonly Arrival[], load: number): readonly string[] {
  return arrivals.flatMap(({ versions, order, loads }, index) =>
    order
      .filter((_, place) => loads[place] === load)
      .flatMap((number) => {
        const version = versions[number];
        return version === undefined ? [] : [lineOf(`o${index}`, version)];
      }),
  );
}

describe('versions that bring their own meta', () => {
  let store: TestStore;

  beforeEach(async () => {
    store = await TestStore.open();
  });

  afterEach(async () => {
    await store.close();
  });

  const CASE = [3, 2, 1].map((number) =>
    line('Observation', 'hnf', {
      meta: { versionId: String(number), lastUpdated: `202${number}-01-01T00:00:00Z` },
      status: ['registered', 'preliminary', 'final'][number - 1],
      subject: patient('hp'),
    }),
  );
  const VERSIONS = `
    select version, content::json ->> 'status', last_updated::text, superseded_at::text from (
      select version, content, last_updated, null as superseded_at from clinical.resource where type = 'Observation'
      union all
      select version, content, last_updated, superseded_at from clinical.resource_history) v
    order by version desc`;

  it.each([
    { loads: [[0, 1, 2]] },
    { loads: [[2, 1, 0]] },
    { loads: [[1, 2, 0]] },
    { loads: [[0], [1], [2]] },
    { loads: [[2], [0], [1]] },
    { loads: [[1], [2, 0], [0, 1, 2]] },
  ])('are the latest and its history in whichever order they come: $loads', async ({ loads }) => {
    for (const numbers of loads) {
      const { rejected } = await store.loadLines(
        numbers.map((number) => CASE[number] ?? ''),
        KEEP,
      );
      expect(rejected).toBe(0);
    }

    await expect(store.rows(VERSIONS)).resolves.toStrictEqual([
      ['3', 'final', '2023-01-01 00:00:00+00', null],
      ['2', 'preliminary', '2022-01-01 00:00:00+00', '2023-01-01 00:00:00+00'],
      ['1', 'registered', '2021-01-01 00:00:00+00', '2022-01-01 00:00:00+00'],
    ]);
  });

  it('are counted as history, and no more when they come again', async () => {
    const first = await store.loadLines(CASE, KEEP);
    const before = await store.snapshot();

    const second = await store.loadLines([...CASE].reverse(), KEEP);

    expect(first.types.get('Observation')).toMatchObject({ read: 3, new: 1, history: 2 });
    expect(second.types.get('Observation')).toMatchObject({ read: 3, unchanged: 3 });
    await expect(store.snapshot()).resolves.toStrictEqual(before);
  });

  it('are told apart when the store gave one of them the number that another brings along', async () => {
    const version = (number: number, year: number, note: string): string =>
      line('Observation', 'numbered', {
        meta: { versionId: String(number), lastUpdated: `${year}-01-01T00:00:00Z` },
        note,
      });
    const [oldest, older, newest] = [
      version(7, 2020, 'b'),
      version(3, 2022, 'a'),
      version(8, 2022, 'a'),
    ];

    for (const text of [oldest, older, newest]) await store.loadLines([text], KEEP);

    await expect(
      store.rows(
        `select content from clinical.resource
         union all (select content from clinical.resource_history order by superseded_at, last_updated desc)`,
      ),
    ).resolves.toStrictEqual([[newest], [older], [oldest]]);
  });

  it('hold each from its own time to that of the next, with compartments, until a first export is planned', async () => {
    const arrivals = fc.sample(arrival, 400);

    for (const load of [0, 1, 2]) await store.loadLines(linesOf(arrivals, load), KEEP);

    const expected = arrivals.flatMap(({ versions }, index) =>
      versions.map((version, place) => {
        const next = versions[place + 1];
        const from = Date.parse(version.time);
        const to = next === undefined ? null : Date.parse(next.time);
        const others = from === to || version.other === undefined ? null : version.other;
        return [lineOf(`o${index}`, version), version.owner, from, to, others];
      }),
    );
    const stored = await store.rows(`
      select content, patient_id, last_updated, superseded_at,
             (select string_agg(c.patient_id, ' ') from clinical.compartment c
              where c.id = v.id and c.valid_from = v.last_updated and c.valid_to > c.valid_from
                and c.valid_to = coalesce(v.superseded_at, 'infinity') and v.superseded_at is distinct from v.last_updated)
      from (select id, content, patient_id, last_updated, null as superseded_at from clinical.resource
            union all
            select id, content, patient_id, last_updated, superseded_at from clinical.resource_history) v`);
    const plain = stored.map((row) =>
      row.map((value) => (value instanceof Date ? value.getTime() : value)),
    );
    expect(sorted(plain)).toStrictEqual(sorted(expected));
    await expect(
      store.rows(`select count(*)::int from clinical.compartment where valid_to > valid_from`),
    ).resolves.toStrictEqual([[expected.filter(([, , , , others]) => others !== null).length]]);
  });

  it('change nothing of what an export was promised, and the latest arrives after it', async () => {
    const arrivals = fc.sample(arrival, 400);
    const promised: { readonly at: string; readonly state: unknown }[] = [];
    const asOf = (at: string): Promise<readonly unknown[][]> =>
      store.rows(`
        select content, patient_id, (
          select string_agg(c.patient_id, ' ') from clinical.compartment c
          where c.type = v.type and c.id = v.id and c.valid_from <= '${at}' and c.valid_to > '${at}')
        from (select type, id, last_updated, patient_id, content from clinical.resource
              union all
              select type, id, last_updated, patient_id, content from clinical.resource_history
              where superseded_at > '${at}' and not deleted) v
        where last_updated <= '${at}' order by content`);

    for (const load of [0, 1, 2]) {
      const [[at] = []] = await store.rows(PROMISE);
      promised.push({ at: String(at), state: await asOf(String(at)) });
      const { rejected } = await store.loadLines(linesOf(arrivals, load), KEEP);
      expect(rejected).toBe(0);
      for (const { at: time, state } of promised) expect(await asOf(time)).toStrictEqual(state);
    }

    const latest = arrivals.map(({ versions }, index) => {
      const last = versions.at(-1);
      return last === undefined ? '' : lineOf(`o${index}`, last);
    });
    const current = await store.rows('select content from clinical.resource');
    expect(current.map(([content]) => content).sort()).toStrictEqual(latest.sort());
    const texts = arrivals.flatMap(({ versions }, index) =>
      versions.map((version) => lineOf(`o${index}`, version)),
    );
    const all = await store.rows(
      'select content from clinical.resource union all select content from clinical.resource_history',
    );
    expect(all.map(([content]) => content).sort()).toStrictEqual(texts.sort());
  });

  it('are of this store’s time once an export was promised something, whatever their meta says', async () => {
    await store.loadLines([line('Patient', 'lp')], KEEP);
    await store.rows(PROMISE);
    const late = line('Observation', 'late9', {
      meta: { lastUpdated: '2020-06-01T00:00:00Z', versionId: '5' },
      subject: patient('lp'),
    });

    await store.loadLines([late], KEEP);
    await store.loadLines([late.replace('"5"', '"4"').replace('2020', '2019')], KEEP);

    await expect(store.contentOf('late9')).resolves.toBe(late);
    await expect(
      store.rows(`select r.version, r.last_updated > promised, h.version, h.last_updated > promised,
                         h.superseded_at = h.last_updated
                  from clinical.resource r join clinical.resource_history h using (type, id), clinical.store_clock`),
    ).resolves.toStrictEqual([['5', true, '4', true, true]]);
  });

  it('lead to no practitioner whom only a version names that never held here', async () => {
    const seen = (number: number, name: string): string =>
      line('Encounter', 'e', {
        meta: { versionId: String(number), lastUpdated: `202${number}-01-01T00:00:00Z` },
        subject: patient('p'),
        participant: [{ individual: { reference: `Practitioner/${name}` } }],
      });
    await store.rows(PROMISE);

    await store.loadLines([seen(2, 'now')], KEEP);
    await store.loadLines([seen(1, 'once')], KEEP);

    await expect(store.rows('select target_id from clinical.patient_link')).resolves.toStrictEqual([
      ['now'],
    ]);
  });

  it('join the history of a resource that was deleted later, and do not bring it back', async () => {
    await store.rows(`
      insert into clinical.resource_history (last_updated, superseded_at, version, deleted, type, id, patient_id)
      values ('2022-06-01', 'infinity', 9, true, 'Observation', 'hnf', 'hp')`);

    await store.loadLines(CASE.slice(1), KEEP);
    await expect(store.contentOf('hnf')).resolves.toBeUndefined();
    await store.loadLines(CASE.slice(0, 1), KEEP);

    await expect(store.contentOf('hnf')).resolves.toBe(CASE[0]);
    await expect(
      store.rows(
        `select version, last_updated < superseded_at, superseded_at::text from clinical.resource_history order by 1`,
      ),
    ).resolves.toStrictEqual([
      ['1', true, '2022-01-01 00:00:00+00'],
      ['2', true, '2022-06-01 00:00:00+00'],
      ['9', true, '2023-01-01 00:00:00+00'],
    ]);
  });

  it('without a number, or with one that is taken, get one below all others', async () => {
    const at = (time: string, meta: object = {}): string =>
      line('Patient', 'p', { meta: { lastUpdated: time, ...meta } });
    await store.loadLines([at('2023-01-01T00:00:00Z', { versionId: '7' })], KEEP);

    await store.loadLines(
      [
        at('2020-01-01T00:00:00Z'),
        at('2022-01-01T00:00:00Z', { versionId: 'x' }),
        at('2021-01-01T00:00:00Z', { versionId: '7' }),
        at('2021-06-01T00:00:00Z', { versionId: '6' }),
      ],
      KEEP,
    );

    await expect(
      store.rows(
        'select version, last_updated::date::text from clinical.resource_history order by 2',
      ),
    ).resolves.toStrictEqual([
      ['-2', '2020-01-01'],
      ['-1', '2021-01-01'],
      ['6', '2021-06-01'],
      ['0', '2022-01-01'],
    ]);
  });

  it('are refused when another text says that it is the stored version, and told', async () => {
    const text = (x: number): string =>
      line('Patient', 'p', { meta: { lastUpdated: '2020-01-02T00:00:00Z', versionId: '3' }, x });
    await store.loadLines([text(1)], KEEP);

    const second = await store.loadLines([text(2)], KEEP);

    expect(second.types.get('Patient')).toMatchObject({ read: 1, rejected: 1 });
    await expect(readFile(second.rejectsFile ?? '', 'utf8')).resolves.toContain(
      '"line":1,"reason":"another text of the version that is stored"',
    );
  });
});

function sorted(rows: readonly (readonly unknown[])[]): readonly string[] {
  return rows.map((row) => JSON.stringify(row)).sort();
}
