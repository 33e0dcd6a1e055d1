import { open } from 'node:fs/promises';
import { gzipSync } from 'node:zlib';

import type { Config } from '../../src/config';
import {
  type BatchReceipt,
  BatchTooLargeError,
  type ChangeBatch,
  FeedWriter,
  OtherContentError,
  SequenceError,
  UnreadableBatchError,
  WriterBusyError,
} from '../../src/feed';
import { slowProxy } from '../chaos/slow-proxy';
import { TestStore } from '../support/loader';

const patient = (id: string, city = 'Bonn'): string =>
  `{"resourceType":"Patient","id":"${id}","address":[{"city":"${city}"}]}`;
const goal = (id: string, of: string): string =>
  `{"resourceType":"Goal","id":"${id}","subject":{"reference":"Patient/${of}"}}`;
const deletion = (...urls: readonly string[]): string =>
  JSON.stringify({
    resourceType: 'Bundle',
    type: 'transaction',
    entry: urls.map((url) => ({ request: { method: 'DELETE', url } })),
  });

/**
 * Of feed, batches and store: position and watermark; batches; goals, and versions of the patient; older
 * versions of the patient, and tombstones; rejected lines.
 */
const STATE = `
  select f.position::int, f.up_to,
         (select count(*) from feed.batch)::int,
         (select count(*) from clinical.resource where type = 'Goal')::int,
         (select version from clinical.resource where type = 'Patient')::int,
         (select count(*) from clinical.resource_history where type = 'Patient')::int,
         (select count(*) from clinical.resource_history where deleted)::int,
         (select count(*) from feed.rejected_line)::int
  from feed.feed f`;

type Settings = Partial<Config['feeds']>;

describe('A change batch', () => {
  let store: TestStore;

  beforeEach(async () => {
    store = await TestStore.open();
  });

  afterEach(async () => {
    await store.close();
  });

  function writer(settings: Settings = {}, url = store.url): FeedWriter {
    return new FeedWriter({
      database: { url },
      http: { fhirBase: 'https://ehr.example.org/fhir' },
      feeds: {
        ...{ batchMaxContentBytes: 1e9, lineMaxBytes: 1024 ** 2, writerPatience: 30, ...settings },
      },
    } as unknown as Config);
  }

  /** Takes a batch of lines, or of bytes as they are. */
  async function take(
    sequence: number,
    content: readonly string[] | Buffer,
    rest: Partial<ChangeBatch> & { readonly isCompressed?: boolean } = {},
    by = writer(),
  ): Promise<BatchReceipt> {
    const file = await open(await store.write(`batch-${sequence}`, content));
    try {
      const { isCompressed = false, ...batch } = rest;
      const { size } = await file.stat();
      return await by.take({
        ...{ feed: 'ehr', sequence: BigInt(sequence), ...batch },
        file: { descriptor: file.fd, isCompressed, bytes: size },
      });
    } finally {
      await file.close();
    }
  }

  const current = (): Promise<readonly unknown[][]> =>
    store.rows('select type, id, version::int from clinical.resource order by type, id');
  const feed = (): Promise<readonly unknown[][]> =>
    store.rows('select name, position::int, up_to, cursor from feed.feed');

  it('makes all of its changes true at one instant, with the position and watermark of its feed', async () => {
    const receipt = await take(1, [patient('p1'), goal('g1', 'p1'), goal('g2', 'p1')], {
      upTo: '2026-11-30T10:00:00.123Z',
      cursor: { at: 7 },
    });

    expect(receipt).toMatchObject({
      ...{ feed: 'ehr', sequence: 1n, upTo: '2026-11-30T10:00:00.123Z', deleted: 0, rejected: 0 },
      types: { Goal: { read: 2, new: 2 }, Patient: { read: 1, new: 1 } },
      isNew: true,
    });
    const instants = await store.rows('select distinct last_updated from clinical.resource');
    expect(instants).toHaveLength(1);
    expect(await store.rows('select instant from feed.batch')).toStrictEqual(instants);
    expect(await feed()).toStrictEqual([
      ['ehr', 1, new Date('2026-11-30T10:00:00.123Z'), { at: 7 }],
    ]);
  });

  it('upserts, deletes by Bundles of DELETE entries, and lets the last line about a resource stand', async () => {
    await take(1, [patient('p1'), goal('g1', 'p1'), goal('g2', 'p1'), goal('g3', 'p1')]);

    const receipt = await take(2, [
      patient('p1', 'Ulm'),
      deletion('Goal/g1', 'Goal/g2'),
      goal('g2', 'p1'),
      ` { "resourceType" : "Bundle", "type": "transaction", "entry": [ { "request": { "method": "DELETE", "url": "Goal/never" } } ] }`,
      deletion('Goal/g3'),
    ]);

    expect(receipt).toMatchObject({ deleted: 2, rejected: 0 });
    expect(receipt.types).toMatchObject({ Patient: { changed: 1 } });
    expect(await current()).toStrictEqual([
      ['Goal', 'g2', 1],
      ['Patient', 'p1', 2],
    ]);
    expect(
      await store.rows(
        'select id, version::int from clinical.resource_history where deleted order by id',
      ),
    ).toStrictEqual([
      ['g1', 2],
      ['g3', 2],
    ]);
    expect(
      await store.rows('select distinct last_updated from clinical.resource_history where deleted'),
    ).toStrictEqual(await store.rows('select instant from feed.batch where sequence = 2'));
  });

  it('tells what is stored already as it is by the bytes of its line, whatever else it holds', async () => {
    // Longer than what is parsed at once in any case.
    const long = `{"resourceType":"Basic","id":"long","code":{"text":"${'x'.repeat(70_000)}"}}`;
    const stamped =
      '{"resourceType":"Goal","id":"g1","meta":{"versionId":"1"},"subject":{"reference":"Patient/none"}}';
    const absolute = goal('g2', 'p1').replace(
      'Patient/',
      'https://other.example.org/fhir/Patient/',
    );
    await take(1, [
      long,
      absolute,
      patient('p1'),
      patient('p2'),
      patient('p3'),
      patient('p4'),
      goal('g1', 'none'),
    ]);

    await store.rows("insert into clinical.known_base values ('https://other.example.org/fhir')");

    const receipt = await take(2, [
      long,
      stamped,
      absolute,
      ...[patient('p1'), patient('p1', 'Rom'), patient('p2', 'Rom'), patient('p2')],
      ...[deletion('Patient/p3'), patient('p3'), patient('p4'), deletion('Patient/p4')],
    ]);

    expect(receipt).toMatchObject({
      deleted: 1,
      types: {
        Basic: { read: 1, unchanged: 1 },
        Goal: { read: 2, changed: 1, unchanged: 1 },
        Patient: { read: 8, changed: 2, unchanged: 2, repeated: 4 },
      },
    });
    expect(await current()).toStrictEqual([
      ...[
        ['Basic', 'long', 1],
        ['Goal', 'g1', 1],
        ['Goal', 'g2', 2],
        ['Patient', 'p1', 2],
      ],
      ...[
        ['Patient', 'p2', 1],
        ['Patient', 'p3', 1],
      ],
    ]);
  });

  it('is answered as before when it comes again, packed otherwise or not, and changes nothing', async () => {
    const lines = [patient('p1'), 'no json'];
    const first = await take(1, lines, { upTo: '2026-11-30T10:00:00Z' });
    await take(2, [patient('p2')]);
    const before = await store.snapshot();

    const again = await take(1, lines);
    const packed = await take(1, gzipSync(`${lines.join('\n')}\n`), { isCompressed: true });

    expect(again).toStrictEqual({ ...first, isNew: false });
    expect(packed).toStrictEqual(again);
    expect(await store.snapshot()).toStrictEqual(before);
  });

  it('is refused with other content under a number that was taken, or when it leaves a gap', async () => {
    await take(1, [patient('p1')]);

    await expect(take(1, [patient('p2')])).rejects.toMatchObject(new OtherContentError('ehr', 2n));
    await expect(take(1, Buffer.from('no gzip'), { isCompressed: true })).rejects.toThrow(
      OtherContentError,
    );
    await expect(take(3, [patient('p3')])).rejects.toMatchObject(new SequenceError('ehr', 2n));
    await expect(take(0, [patient('p3')])).rejects.toThrow(SequenceError);
    expect(await current()).toStrictEqual([['Patient', 'p1', 1]]);
  });

  it('counts its feed alone', async () => {
    await take(1, [patient('p1')]);
    await take(1, [patient('p2')], { feed: 'lab' });

    expect(await store.rows('select name, position::int from feed.feed order by 1')).toStrictEqual([
      ['ehr', 1],
      ['lab', 1],
    ]);
  });

  it('is taken in once when it is sent twice at the same time', async () => {
    const both = await Promise.all([take(1, [patient('p1')]), take(1, [patient('p1')])]);

    expect(both.map(({ isNew }) => isNew).sort()).toStrictEqual([false, true]);
    expect(await feed()).toHaveLength(1);
  });

  it('keeps what it rejects, by line, reason and reference, and takes in the rest', async () => {
    const receipt = await take(
      1,
      [
        patient('p1'),
        'no json',
        '{"resourceType":"Patient","id":"not an id"}',
        `{"resourceType":"Patient","id":"long","note":"${'x'.repeat(2000)}"}`,
        deletion('Goal/g1', 'Goal?status=active'),
        '{"resourceType":"Patient","resourceType":"Patient","id":"p2"}',
        patient('p3'),
      ],
      {},
      writer({ lineMaxBytes: 1024 }),
    );

    expect(receipt.rejected).toBe(5);
    expect(await current()).toStrictEqual([
      ['Patient', 'p1', 1],
      ['Patient', 'p3', 1],
    ]);
    expect(
      await store.rows(
        'select line::int, reason, reference from feed.rejected_line order by ordinal',
      ),
    ).toStrictEqual([
      [2, expect.stringMatching(/^not valid JSON/), null],
      [3, 'id is not a FHIR id', 'Patient'],
      [4, 'longer than 1024 bytes', null],
      [5, 'the deletion names no single resource', null],
      [6, 'resourceType occurs twice', null],
    ]);
  });

  it('is not taken in at all when it ends early or grows too large', async () => {
    const packed = gzipSync(`${patient('p1')}\n${patient('p2')}\n`.repeat(100));

    await expect(take(1, packed.subarray(0, -20), { isCompressed: true })).rejects.toThrow(
      UnreadableBatchError,
    );
    await expect(take(1, [patient('p1')], { isCompressed: true })).rejects.toThrow(
      UnreadableBatchError,
    );
    await expect(
      take(1, packed, { isCompressed: true }, writer({ batchMaxContentBytes: 1000 })),
    ).rejects.toThrow(BatchTooLargeError);
    expect(await current()).toStrictEqual([]);
    expect(await feed()).toStrictEqual([]);
  });

  it('is on record until it is an hour old and ten thousand others have followed', async () => {
    await take(1, [patient('p1')]);
    await store.rows('update feed.feed set position = 10199');
    await store.rows(`
      insert into feed.batch
      select feed, sequence + n, digest, bytes, up_to,
             instant - case when n < 100 then interval '61 minutes' else interval '50 minutes' end,
             counts, deleted, rejected
      from feed.batch cross join unnest(array[98, 99, 101, 102, 10198]) as n`);

    await take(10_200, [patient('p2')]);

    expect(
      await store.rows('select sequence::int from feed.batch order by sequence'),
    ).toStrictEqual([[1], [102], [103], [10_199], [10_200]]);
  });

  it('never takes a watermark back', async () => {
    await take(1, [], { upTo: '2026-11-30T10:00:00Z' });
    await take(2, [], { upTo: '2026-11-30T09:00:00Z' });
    const third = await take(3, []);

    expect(third.upTo).toBe('2026-11-30T10:00:00.000Z');
  });

  it('is in whole or not at all, wherever its writer is cut off, and sent again it is in once', async () => {
    const line = await slowProxy(Number(new URL(store.url).port), Infinity);
    const url = new URL(store.url);
    url.port = String(line.port);
    let isCut = true;
    for (let statement = 1, sequence = 1; isCut; statement += 4, sequence += 1) {
      const lines = [
        patient('p1', `City ${sequence}`),
        'no json',
        goal(`g${sequence}`, 'p1'),
        deletion(`Goal/g${sequence - 1}`),
      ];
      const upTo = `2026-11-30T10:00:00.${String(sequence).padStart(3, '0')}Z`;
      let sent = 0;
      line.loseAnswers(() => (sent += 1) === statement);

      const cut = take(sequence, lines, { upTo }, writer({}, url.href));

      isCut = await cut.then(
        () => false,
        () => true,
      );
      line.keepAnswers();
      const state = await store.rows(STATE);
      expect([sequence - 1, sequence]).toContain(state[0]?.[0] ?? 0);
      await take(sequence, lines, { upTo });
      expect(await store.rows(STATE)).toStrictEqual([
        [sequence, new Date(upTo), sequence, 1, sequence, sequence - 1, sequence - 1, sequence],
      ]);
    }
    await line.close();
  });

  it('is taken in by a writer that lets others write in between, and outlives its session', async () => {
    const kept = writer();
    await take(1, [patient('p1'), goal('g1', 'p1')], {}, kept);
    await store.load([await store.write('between.ndjson', [patient('p1', 'Rom')])]);
    await take(2, [patient('p1', 'Rom'), goal('g2', 'p1')], {}, kept);
    await store.rows(
      `select pg_terminate_backend(pid, 5000) from pg_stat_activity
       where application_name = 'ehr-bulk-data load' and datname = current_database()`,
    );

    await take(3, [deletion('Goal/g1')], {}, kept);

    expect(await current()).toStrictEqual([
      ['Goal', 'g2', 1],
      ['Patient', 'p1', 2],
    ]);
  });

  it('waits for another writer, and gives up after its time', async () => {
    const load = await store.holdWriter();

    await expect(take(1, [patient('p1')], {}, writer({ writerPatience: 0 }))).rejects.toThrow(
      WriterBusyError,
    );
    const waiting = take(1, [patient('p1')]);
    await load.release();

    expect(await waiting).toMatchObject({ isNew: true });
  });
});
