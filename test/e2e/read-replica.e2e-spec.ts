import { Logger } from '@nestjs/common';
import { Client } from 'pg';
import request from 'supertest';
import { DataSource } from 'typeorm';

import { ClinicalSource, type CopyRequest, ReadReplica } from '../../src/clinical-data';
import { readConfig } from '../../src/config';
import { dataSourceOptions } from '../../src/database';
import { createTestDatabase } from '../support/database';
import { downloadAll, kickOff, type Manifest, manifestOf } from '../support/export';
import { given, type GivenApp, idsOf, startGivenApp, to } from '../support/given-app';
import { patientLists } from '../support/groups';
import {
  installedPostgres,
  startStreamingPair,
  type StreamingPair,
} from '../support/streaming-pair';
import { Random } from '../support/stress/random';
import { Reader } from '../support/stress/reader';
import { StressWriter } from '../support/stress/stress-writer';
import { until } from '../support/until';

const NEVER = new AbortController().signal;
const WRITERS = 3;
const PATIENTS = ['p0', 'p1', 'p2', 'p3'];

const goal = (id: string) => given('Goal', id, { subject: to('Patient', 'p') });

const installation = installedPostgres();
const describeWithPair = installation ? describe : describe.skip;

describeWithPair('Extraction from a streaming replica', () => {
  let pair: StreamingPair;

  beforeAll(async () => {
    if (!installation) return;
    Logger.overrideLogger(false);
    pair = await startStreamingPair(installation);
    const dataSource = new DataSource(dataSourceOptions(configOf({})));
    await dataSource.initialize();
    await dataSource.runMigrations();
    await dataSource.destroy();
  });

  afterAll(() => pair.stop());

  function configOf(overrides: Readonly<Record<string, string>>) {
    return readConfig({
      EMBEDDED: 'true',
      PUBLIC_URL: 'http://localhost',
      DATABASE_URL: pair.primaryUrl,
      REDIS_URL: 'redis://127.0.0.1:1',
      STORAGE_DIRECTORY: '/nowhere',
      ...overrides,
    });
  }

  /** Reading amounts fails from now on, as a damaged function would. */
  async function broken(url: string): Promise<void> {
    const client = new Client({ connectionString: url });
    await client.connect();
    await client.query(
      `create or replace function fhir_search.amount(x jsonb) returns numrange language plpgsql immutable
       as $$ begin raise exception 'a failing statement'; end $$`,
    );
    await client.end();
  }

  const isCopy = (query: string): boolean => query.startsWith('copy ');

  describe('of a whole service', () => {
    let service: GivenApp;

    beforeAll(async () => {
      service = await startGivenApp(
        [given('Patient', 'p'), goal('early')],
        { G: ['p'] },
        {
          DATABASE_URL: pair.primaryUrl,
          CLINICAL_READ_URL: pair.replicaUrl,
          CLINICAL_READ_WAIT_SECONDS: '600',
          RETRY_AFTER_MAX_SECONDS: '1',
          EXPORT_PART_TARGET_BYTES: '4000',
          PART_MAX_ATTEMPTS: '2',
        },
      );
    });

    afterAll(() => service.close());

    it('waits until the replica has replayed what the export needs, and reads nowhere else (MF-03)', async () => {
      await pair.pauseReplay();
      await service.load([goal('late')]);
      const status = await kickOff(service, 'Group/G/$export?_type=Goal', service.token);
      await until('a part asks how far the replica is', async () =>
        (await pair.extractions(pair.replicaUrl)).some((query) => query.includes('replay_lsn')),
      );
      await pair.resumeReplay();

      const lines = await downloadAll(
        await manifestOf(service, status, service.token),
        service.token,
      );

      expect(idsOf(lines.get('Goal'))).toStrictEqual(['early', 'late']);
      expect((await pair.extractions(pair.replicaUrl)).some(isCopy)).toBe(true);
      expect((await pair.extractions(pair.primaryUrl)).some(isCopy)).toBe(false);
    });

    it('leaves nothing in PostgreSQL’s logs of whom and what an export asks for, also when it fails', async () => {
      const parameters = [
        ['patient', { valueReference: { reference: 'Patient/hushed-patient' } }],
        ['_type', { valueString: 'Patient,Observation,Goal,Provenance' }],
        ['_typeFilter', { valueString: 'Patient?family=hushed-text' }],
        ['_typeFilter', { valueString: 'Patient?birthdate:missing=true' }],
        ['_typeFilter', { valueString: 'Goal?category=hushed-code&target-date=1907-03' }],
        ['_typeFilter', { valueString: 'Goal?identifier=urn:x|hushed-code,other&_id=hushed-id' }],
        ['_typeFilter', { valueString: 'Observation?value-quantity=gt77.3||hushed-unit' }],
        ['_typeFilter', { valueString: 'Observation?subject:identifier=hushed-mrn' }],
        ['_typeFilter', { valueString: 'Observation?code-value-quantity=hushed-part$88.4' }],
      ] as const;
      const parameter = parameters.map(([name, value]) => ({ name, ...value }));
      await service.load([
        given('Patient', 'hushed-patient'),
        given('Observation', 'o', {
          subject: { ...to('Patient', 'hushed-patient'), identifier: { value: 'hushed-mrn' } },
          valueQuantity: { value: 5, unit: 'mg' },
        }),
      ]);
      const lists = patientLists(service);
      await lists.create({ id: 'hushed', name: 'Hushed' });
      await lists.add('hushed', ['hushed-patient']);
      const exported = async (): Promise<Manifest> => {
        const answer = await request(service.fhirBase)
          .post('/Group/hushed/$export')
          .set({ 'Content-Type': 'application/fhir+json', Prefer: 'respond-async' })
          .auth(service.token, { type: 'bearer' })
          .send({ resourceType: 'Parameters', parameter });
        return manifestOf(service, String(answer.headers['content-location']), service.token);
      };

      const whole = await exported();
      const search = await request(service.fhirBase)
        .get('/Group?member=Patient/hushed-patient&_include=Group:member')
        .auth(service.token, { type: 'bearer' });
      await broken(pair.primaryUrl);
      const failed = await exported();

      expect(whole.error).toStrictEqual([]);
      expect(whole.output.map(({ type }) => type)).toStrictEqual(['Observation', 'Patient']);
      expect(search.body).toMatchObject({ total: 1 });
      expect(failed.error).toHaveLength(1);
      const logs = await pair.logs();
      expect(logs).toContain('copy (select v.content');
      expect(logs).toContain('a failing statement');
      expect(logs.match(/.*(?:hushed-|1907|77\.3|88\.4).*/g) ?? []).toStrictEqual([]);
    });

    it('holds exactly what was committed by transactionTime, however the replica lags behind writers (MF-02, MF-03)', async () => {
      const writers = await Promise.all(
        Array.from({ length: WRITERS }, (_, number) =>
          StressWriter.start(pair.primaryUrl, number, PATIENTS),
        ),
      );
      for (const writer of writers) await writer.seed();
      const writing = writers.map((writer) => writer.run());
      const random = new Random(5);
      const exported: { readonly time: string; readonly lines: readonly string[] }[] = [];

      for (let count = 0; count < 2; count++) {
        await pair.pauseReplay();
        const status = await kickOff(service, 'Patient/$export', service.token);
        const far = written(writers) + random.below(30);
        await until('writers have gone on', () => written(writers) > far);
        await pair.resumeReplay();
        const manifest = await manifestOf(service, status, service.token);
        const lines = [...(await downloadAll(manifest, service.token)).values()].flat();
        exported.push({ time: manifest.transactionTime, lines });
      }
      for (const writer of writers) writer.stop();
      await Promise.all(writing);

      const reader = new Reader(
        writers.flatMap(({ log }) => log),
        [],
      );
      for (const { time, lines } of exported) {
        const own = lines.filter((line) => line.includes('"subjects":'));
        expect([...own].sort()).toStrictEqual([...reader.ofEveryone(time).values()].sort());
      }
    });
  });

  describe('of one query', () => {
    const opened: { readonly onModuleDestroy: () => Promise<void> }[] = [];

    afterEach(async () => {
      for (const one of opened.splice(0).reverse()) await one.onModuleDestroy();
    });

    /** What a copy gives that may read at `position`; undefined when the primary is to be read. */
    async function copyFrom(
      url: string,
      position: string,
      { wait = 600, select = 'select 1::text' } = {},
    ): Promise<string | undefined> {
      const config = configOf({ CLINICAL_READ_URL: url, CLINICAL_READ_WAIT_SECONDS: String(wait) });
      const source = new ClinicalSource(config);
      const replica = new ReadReplica(source, config);
      opened.push(source, replica);
      let text = '';
      const request: CopyRequest = {
        select,
        files: {
          write: (bytes) => {
            text += bytes.toString();
            return undefined;
          },
          cut: () => undefined,
        },
        limits: { maxBytes: Infinity, maxLines: Infinity },
      };
      return (await replica.copy(request, position, NEVER)) ? text : undefined;
    }

    async function onPrimary<T>(sql: string): Promise<T | undefined> {
      const client = new Client({ connectionString: pair.primaryUrl });
      await client.connect();
      const { rows } = await client.query<{ value: T }>(sql);
      await client.end();
      return rows[0]?.value;
    }

    const now = async (): Promise<string> =>
      (await onPrimary<string>('select pg_current_wal_insert_lsn()::text as value')) ?? '';

    it('reads a replica that has replayed the position (MF-03)', async () => {
      const position = await now();
      await onPrimary('create table if not exists something_written ()');

      expect(await copyFrom(pair.replicaUrl, position)).toBe('1\n');
    });

    it('leaves the primary to be read when the replica is not there in time (MF-03)', async () => {
      await pair.pauseReplay();
      await onPrimary('create table not_there_yet ()');
      const position = await now();
      try {
        expect(await copyFrom(pair.replicaUrl, position, { wait: 0 })).toBeUndefined();
      } finally {
        await pair.resumeReplay();
      }
    });

    it('leaves the primary to be read when the replica cannot be reached', async () => {
      const url = pair.replicaUrl.replace(/:\d+\//, ':1/');

      expect(await copyFrom(url, await now())).toBeUndefined();
    });

    it('never reads what is no replica of the primary: the primary, another database, another server (MF-03)', async () => {
      const other = await createTestDatabase();
      const position = '0/1';
      try {
        expect(await copyFrom(pair.primaryUrl, position)).toBeUndefined();
        const database = pair.replicaUrl.replace(/\/\w+$/, '/postgres');
        expect(await copyFrom(database, position)).toBeUndefined();
        expect(await copyFrom(other.url, position)).toBeUndefined();
      } finally {
        await other.drop();
      }
    });

    it('fails when a copy from the replica fails, so that nothing is written twice', async () => {
      const select = 'select (1 / (n - 3))::text from generate_series(1, 9) n';

      await expect(copyFrom(pair.replicaUrl, '0/1', { select })).rejects.toThrow(
        'division by zero',
      );
    });
  });
});

function written(writers: readonly StressWriter[]): number {
  return writers.reduce((sum, { transactions }) => sum + transactions, 0);
}
