import { setTimeout as delay } from 'node:timers/promises';

import { FeedWriter } from '../../src/feed';
import { startTestApp, type TestApp } from '../support/app';
import { download, downloadAll, kickOff, type Manifest, manifestOf } from '../support/export';
import { patientLists } from '../support/groups';
import { type ServiceProcess, startWorker } from '../support/processes';
import { registerApp } from '../support/registered-app';
import { BatchWriter } from '../support/stress/batch-writer';
import type { Stay } from '../support/stress/committed';
import { Copy } from '../support/stress/copy';
import { LoadWriter } from '../support/stress/load-writer';
import { Random } from '../support/stress/random';
import { Reader } from '../support/stress/reader';
import { StressWriter } from '../support/stress/stress-writer';

const SECONDS = Number(process.env['STRESS_SECONDS'] ?? 8);
const WRITERS = 8;
const PATIENTS = Array.from({ length: 12 }, (_, index) => `p${index}`);

interface Exported {
  readonly time: string;
  /** How far the feed's record is contained. */
  readonly sourceTime: string | undefined;
  /** Every line but that of the Group. */
  readonly output: readonly string[];
  readonly deleted: readonly string[];
}

describe('Exports beside eight writers, loads that keep their meta, and a feed', () => {
  let service: TestApp;
  let worker: ServiceProcess;
  let token: string;
  let writers: readonly StressWriter[];
  let loader: LoadWriter;
  let feed: BatchWriter;

  beforeAll(async () => {
    service = await startTestApp({
      TOKEN_LIFETIME_SECONDS: '864000',
      RETRY_AFTER_MAX_SECONDS: '1',
      PLANNING_WAIT_SECONDS: '1',
      EXPORT_PART_TARGET_BYTES: '4000',
      SOURCE_FEEDS: 'stress',
    });
    worker = await startWorker(service.environment);
    token = await (await registerApp(service)).token();
    const url = service.environment['DATABASE_URL'] ?? '';
    writers = await Promise.all(
      Array.from({ length: WRITERS }, (_, number) => StressWriter.start(url, number, PATIENTS)),
    );
    for (const writer of writers) await writer.seed();
    loader = new LoadWriter(url, PATIENTS, new Random(7));
    const batches = service.app.get(FeedWriter, { strict: false });
    feed = new BatchWriter(batches, url, PATIENTS, new Random(11));
    await service.dataSource.query('analyze');
    const lists = patientLists(service);
    await lists.create({ id: 'G', name: 'G' });
    await lists.add('G', PATIENTS.slice(0, 6), { allowUnknown: true });
  });

  afterAll(async () => {
    await worker.end('SIGTERM');
    await service.close();
  });

  async function run(path: string): Promise<Exported> {
    const manifest = await manifestOf(service, await kickOff(service, path, token), token);
    const lines = await downloadAll(manifest, token);
    const { deleted = [] } = manifest as Manifest & { deleted?: readonly { url: string }[] };
    expect(manifest.error).toStrictEqual([]);
    return {
      time: manifest.transactionTime,
      sourceTime: manifest.extension?.['urn:ehr-bulk-data:source-time'],
      output: [...lines].flatMap(([type, own]) => (type === 'Group' ? [] : own)),
      deleted: (await Promise.all(deleted.map(({ url }) => download(url, token)))).flatMap((text) =>
        text.split('\n').slice(0, -1),
      ),
    };
  }

  /** Exports one after the other until the time is over; a chain's from the last transactionTime. */
  async function repeat(level: string, until: number, chained: boolean): Promise<Exported[]> {
    const exported = [await run(`${level}/$export`)];
    while (Date.now() < until || exported.length < 3) {
      const since = chained ? `?_since=${exported.at(-1)?.time ?? ''}` : '';
      exported.push(await run(`${level}/$export${since}`));
    }
    return exported;
  }

  /** Patients join and leave. */
  async function shuffle(signal: AbortSignal): Promise<void> {
    const random = new Random(99);
    while (!signal.aborted) {
      const lists = patientLists(service);
      if (random.chance(0.5)) await lists.add('G', [random.of(PATIENTS)], { allowUnknown: true });
      else await lists.remove('G', [random.of(PATIENTS)]);
      await delay(200);
    }
  }

  async function stays(): Promise<readonly Stay[]> {
    const spell = (column: string) =>
      `to_char(nullif(${column}, 'infinity') at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`;
    const rows = await service.dataSource.query<
      { patient: string; from: string; to: string | null }[]
    >(
      `select patient_id as patient, ${spell('added_at')} as "from", ${spell('removed_at')} as "to"
       from groups.member`,
    );
    return rows.map((row) => ({ ...row, to: row.to ?? undefined }));
  }

  /** Whoever led to a practitioner may have gone, and clients are not told of that (ADR 0019). */
  function heldOf(copy: Copy, truth: ReadonlyMap<string, string>): readonly string[] {
    return [...copy.content()].flatMap(([key, line]) =>
      truth.has(key) || !key.startsWith('Practitioner/') ? [line] : [],
    );
  }

  const sorted = (lines: Iterable<string>): readonly string[] => [...lines].sort();

  it(
    'hold exactly what was committed by transactionTime, and chains of _since add up to it (MF-02, MF-03, PR-10, PR-13, DE-01)',
    async () => {
      const end = Date.now() + SECONDS * 1000;
      const leaving = new AbortController();
      const all = [...writers, loader, feed];
      const background = [...all.map((writer) => writer.run()), shuffle(leaving.signal)];

      const [ofGroup, ofEveryone, groupChain, chain] = await Promise.all([
        repeat('Group/G', end, false),
        repeat('Patient', end, false),
        repeat('Group/G', end, true),
        repeat('Patient', end, true),
      ]);
      for (const writer of all) writer.stop();
      leaving.abort();
      await Promise.all(background);

      const reader = new Reader(
        all.flatMap((writer) => writer.log),
        await stays(),
      );
      expect(Math.min(...writers.map((writer) => writer.transactions))).toBeGreaterThan(3);
      expect(loader.transactions).toBeGreaterThan(1);
      expect(feed.transactions).toBeGreaterThan(3);
      for (const { time, sourceTime } of [...ofEveryone, ...chain]) {
        expect(feed.storedAt(time)).toStrictEqual(feed.at(sourceTime));
      }
      for (const { time, output } of ofGroup) {
        expect(sorted(output)).toStrictEqual(sorted(reader.ofGroup(time).values()));
      }
      for (const { time, output } of ofEveryone) {
        expect(sorted(output)).toStrictEqual(sorted(reader.ofEveryone(time).values()));
      }
      const copy = new Copy();
      for (const { time, output, deleted } of chain) {
        expect(new Set(output).size).toBe(output.length);
        copy.apply(output, deleted);
        const truth = reader.ofEveryone(time);
        expect(sorted(heldOf(copy, truth))).toStrictEqual(sorted(truth.values()));
      }
      const groupCopy = new Copy();
      for (const { time, output, deleted } of groupChain) {
        expect(new Set(output).size).toBe(output.length);
        groupCopy.keepOnly(reader.membersAt(time));
        groupCopy.apply(output, deleted);
        const truth = reader.ofGroup(time);
        expect(sorted(heldOf(groupCopy, truth))).toStrictEqual(sorted(truth.values()));
      }
    },
    (SECONDS * 4 + 180) * 1000,
  );
});
