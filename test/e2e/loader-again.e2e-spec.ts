import { line, patient, TestStore } from '../support/loader';

describe('loading again', () => {
  let store: TestStore;

  beforeEach(async () => {
    store = await TestStore.open();
  });

  afterEach(async () => {
    await store.close();
  });

  const input = [
    line('Organization', 'o', { partOf: { reference: 'Organization/top' } }),
    line('Patient', 'p', { x: 1 }),
    line('Patient', 'p', { x: 2 }),
    line('Observation', 'ob', {
      subject: patient('p'),
      performer: [{ reference: 'Organization/o' }, patient('q')],
    }),
    line('Provenance', 'pr', { target: [{ reference: 'Observation/ob' }] }),
  ];

  it.each([true, false])('changes no row (keepMeta: %s)', async (keepMeta) => {
    const first = await store.loadLines(input, { keepMeta });
    const before = await store.snapshot();

    const second = await store.loadLines(input, { keepMeta });

    await expect(store.snapshot()).resolves.toStrictEqual(before);
    expect(first.types.get('Patient')).toMatchObject({ read: 2, new: 1, repeated: 1 });
    expect(second.types.get('Patient')).toMatchObject({ read: 2, unchanged: 1, repeated: 1 });
  });

  it('changes no row when the input is what the store would export', async () => {
    await store.loadLines(input);
    const exported = await store.rows('select content from clinical.resource');
    const before = await store.snapshot();

    await store.loadLines(exported.map(([content]) => String(content)));

    await expect(store.snapshot()).resolves.toStrictEqual(before);
  });

  it('finds the changed lines among many unchanged ones, also where another id stands first', async () => {
    const filling = 'x'.repeat(1000);
    const many = Array.from({ length: 100 }, (_, n) => line('Patient', `m${n}`, { filling }));
    const holding = (id: string, other: string): string =>
      `{"contained":[{"resourceType":"Patient","id":"${other}"}],"resourceType":"Patient","id":"${id}"}`;
    const stored = [...many.slice(2), holding('m0', 'm9'), holding('m1', 'm0')];
    await store.loadLines(stored);
    const before = await store.contentOf('m9');

    const again = await store.loadLines([
      ...stored.filter((text) => !text.includes('"id":"m3"')),
      line('Patient', 'm3', { filling, x: 2 }),
    ]);

    expect(again.types.get('Patient')).toMatchObject({ changed: 1, unchanged: 99, repeated: 0 });
    await expect(store.contentOf('m3')).resolves.toMatch(/"x":2}$/);
    await expect(store.contentOf('m9')).resolves.toBe(before);
  });

  it('takes the last of several occurrences', async () => {
    await store.loadLines(input);

    await expect(store.contentOf('p')).resolves.toMatch(/"x":2}$/);
  });

  it('moves the version before to the history and counts on', async () => {
    await store.loadLines([line('Patient', 'p', { x: 1 })]);
    const first = await store.contentOf('p');

    const summary = await store.loadLines([line('Patient', 'p', { x: 2 })]);

    expect(summary.types.get('Patient')).toMatchObject({ changed: 1 });
    await expect(store.contentOf('p')).resolves.toMatch(/"versionId":"2"/);
    await expect(
      store.rows(
        `select h.version, h.deleted, h.content, h.superseded_at = r.last_updated, h.last_updated < r.last_updated, r.version
         from clinical.resource_history h join clinical.resource r using (type, id)`,
      ),
    ).resolves.toStrictEqual([['1', false, first, true, true, '2']]);
  });

  it('continues the versions of a resource that comes back after a deletion', async () => {
    await store.client.query(
      `insert into clinical.resource_history (last_updated, superseded_at, version, deleted, type, id, patient_id)
       values (now() - interval '1 hour', 'infinity', 4, true, 'Patient', 'p', 'p')`,
    );

    await store.loadLines([line('Patient', 'p')]);

    await expect(store.contentOf('p')).resolves.toMatch(/"versionId":"5"/);
    await expect(
      store.rows(
        `select r.version, h.superseded_at = r.last_updated
         from clinical.resource r join clinical.resource_history h using (type, id)`,
      ),
    ).resolves.toStrictEqual([['5', true]]);
  });

  it('is strictly later than what it supersedes', async () => {
    await store.loadLines([line('Patient', 'p', { x: 1 })]);
    await store.client.query(
      `update clinical.resource set last_updated = now() + interval '700 milliseconds'`,
    );

    await store.loadLines([line('Patient', 'p', { x: 2 })]);

    await expect(
      store.rows(
        `select h.last_updated < r.last_updated, r.last_updated = h.superseded_at
         from clinical.resource r join clinical.resource_history h using (type, id)`,
      ),
    ).resolves.toStrictEqual([[true, true]]);
  });
});
