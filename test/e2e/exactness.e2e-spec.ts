import { Client } from 'pg';

import { ClinicalSource, TransactionTimes } from '../../src/clinical-data';
import { ALL_BUCKETS } from '../../src/cohort';
import { ExtractorRegistry } from '../../src/extractors';
import { required } from '../support/database';
import { downloadAll, kickOff, manifestOf } from '../support/export';
import { type LoadedApp, startLoadedApp } from '../support/loaded-app';
import { SourceWriter } from '../support/source-writer';
import { until } from '../support/until';

/** A writer that is none of ours, keeping the rules of the store. */
class Writer {
  private constructor(private readonly client: Client) {}

  static async begin(service: LoadedApp): Promise<Writer> {
    const client = new Client({ connectionString: service.environment['DATABASE_URL'] });
    await client.connect();
    await client.query('begin');
    await client.query('select pg_current_xact_id()');
    return new Writer(client);
  }

  /** Writes a Goal of a patient. @returns its last_updated */
  async writeGoal(id: string, patientId: string): Promise<Date> {
    const content = `{"resourceType":"Goal","id":"${id}","subject":{"reference":"Patient/${patientId}"}}`;
    const { rows } = await this.client.query<{ last_updated: Date }>(
      `insert into clinical.resource (last_updated, version, type, id, patient_id, content_digest, content)
       values (date_trunc('milliseconds', clock_timestamp()), 1, 'Goal', $1, $2, '\\x00', $3)
       returning last_updated`,
      [id, patientId, content],
    );
    return rows[0]?.last_updated ?? new Date(NaN);
  }

  async end(how: 'commit' | 'rollback'): Promise<void> {
    await this.client.query(how);
    await this.client.end();
  }
}

describe('transactionTime', () => {
  let service: LoadedApp;
  let patientId: string;

  beforeAll(async () => {
    service = await startLoadedApp(6, { PLANNING_WAIT_SECONDS: '2' });
    const [row] = await service.dataSource.query<{ id: string }[]>(
      `select id from clinical.resource where type = 'Patient' order by id limit 1`,
    );
    patientId = row?.id ?? '';
  });

  afterAll(() => service.close());

  const stateOf = async (statusUrl: string): Promise<string | undefined> => {
    const [row] = await service.dataSource.query<{ state: string }[]>(
      'select state from export.job where id = $1',
      [statusUrl.split('/').at(-1)],
    );
    return row?.state;
  };

  async function goals(statusUrl: string): Promise<{ ids: readonly string[]; time: string }> {
    const manifest = await manifestOf(service, statusUrl, service.token);
    const lines = (await downloadAll(manifest, service.token)).get('Goal') ?? [];
    const ids = lines.map((line) => (JSON.parse(line) as { id: string }).id);
    return { ids, time: manifest.transactionTime };
  }

  it('waits for writers that began before it, and holds what they wrote (MF-02)', async () => {
    const writer = await Writer.begin(service);
    const written = await writer.writeGoal('late', patientId);
    const statusUrl = await kickOff(service, 'Group/INF-101/$export?_type=Goal', service.token);
    await until('planning has begun', async () => (await stateOf(statusUrl)) === 'planning');

    await writer.end('commit');
    const { ids, time } = await goals(statusUrl);

    expect(ids).toContain('late');
    expect(Date.parse(time)).toBeGreaterThanOrEqual(written.getTime());
  });

  it('steps back to before a writer that does not end, and holds nothing of it (MF-03)', async () => {
    const writer = await Writer.begin(service);
    const written = await writer.writeGoal('never', patientId);
    try {
      const statusUrl = await kickOff(service, 'Group/INF-101/$export?_type=Goal', service.token);

      const { ids, time } = await goals(statusUrl);

      expect(Date.parse(time)).toBeLessThan(written.getTime());
      expect(ids).not.toContain('never');
      expect(ids).toContain('late');
    } finally {
      await writer.end('rollback');
    }
  });

  it('sees the writer who began last, though no transaction has ended since (MF-03)', async () => {
    const times = service.app.get(TransactionTimes, { strict: false });
    const writer = await Writer.begin(service);
    const written = await writer.writeGoal('last', patientId);
    try {
      const time = await times.choose(new AbortController().signal);

      expect(Date.parse(time)).toBeLessThan(written.getTime());
    } finally {
      await writer.end('rollback');
    }
  });

  it('does not wait for writers of other databases', async () => {
    const admin = new Client({ connectionString: required('TEST_DATABASE_URL') });
    await admin.connect();
    await admin.query('begin');
    await admin.query('select pg_current_xact_id()');
    try {
      const statusUrl = await kickOff(service, 'Group/INF-101/$export?_type=Goal', service.token);
      const started = Date.now();

      const { time } = await goals(statusUrl);

      // It neither waited for PLANNING_WAIT_SECONDS and stepped back, nor gave up.
      expect(Date.parse(time)).toBeGreaterThan(started - 1000);
    } finally {
      await admin.end();
    }
  });

  it('holds the latest version of what had changed by then, and nothing of what was deleted (MF-03, DT-01)', async () => {
    const client = new Client({ connectionString: service.environment['DATABASE_URL'] });
    await client.connect();
    const writer = new SourceWriter(client);
    const inTransaction = async (write: () => Promise<unknown>): Promise<void> => {
      await writer.begin();
      await write();
      await client.query('commit');
    };
    const put = (id: string, version: number): Promise<void> =>
      inTransaction(() =>
        writer.put({
          ...{ type: 'Goal', id, version, patients: [patientId] },
          content: () => `{"resourceType":"Goal","id":"${id}","version":${version}}`,
        }),
      );
    try {
      await put('changed', 1);
      await put('changed', 2);
      await put('deleted', 1);
      await inTransaction(() => writer.remove('Goal', 'deleted', 2, patientId));
    } finally {
      await client.end();
    }

    const statusUrl = await kickOff(service, 'Group/INF-101/$export?_type=Goal', service.token);
    const manifest = await manifestOf(service, statusUrl, service.token);

    const lines = (await downloadAll(manifest, service.token)).get('Goal') ?? [];
    expect(manifest.error).toStrictEqual([]);
    expect(lines.filter((line) => /"id":"(changed|deleted)"/.test(line))).toStrictEqual([
      '{"resourceType":"Goal","id":"changed","version":2}',
    ]);
  });

  it('shows every part the same versions, whatever is written and deleted meanwhile (MF-03, DT-01)', async () => {
    const statusUrl = await kickOff(service, 'Group/INF-101/$export?_type=Goal', service.token);
    const { transactionTime } = await manifestOf(service, statusUrl, service.token);
    const scope = {
      cohort: { jobId: statusUrl.split('/').at(-1) ?? '', buckets: ALL_BUCKETS },
      plan: {},
      level: 'group' as const,
      transactionTime,
      since: undefined,
      provenanceOf: [],
    };
    const select = service.app.get(ExtractorRegistry, { strict: false }).get('Goal').select(scope);
    const source = service.app.get(ClinicalSource, { strict: false });
    const read = async (): Promise<readonly string[]> =>
      (await source.query<{ content: string }>(select)).map((row) => row.content).sort();
    const before = await read();

    await service.dataSource.query(`
      with changed as (
        update clinical.resource set content = replace(content, 'Goal', 'Changed'), version = version + 1,
               last_updated = clock_timestamp()
        where type = 'Goal' and id in (select id from clinical.resource where type = 'Goal' order by id limit 2)
        returning id)
      insert into clinical.resource_history
        (last_updated, superseded_at, version, type, id, patient_id, content)
      select r.last_updated, clock_timestamp(), r.version, 'Goal', r.id, r.patient_id, r.content
      from clinical.resource r join changed c on r.type = 'Goal' and r.id = c.id`);
    await service.dataSource.query(`
      with gone as (
        delete from clinical.resource
        where type = 'Goal' and id in (select id from clinical.resource where type = 'Goal' order by id desc limit 1)
        returning *)
      insert into clinical.resource_history
        (last_updated, superseded_at, version, type, id, patient_id, content)
      select last_updated, clock_timestamp(), version, type, id, patient_id, content from gone`);
    await service.dataSource.query(
      `insert into clinical.resource (last_updated, version, type, id, patient_id, content_digest, content)
       values (clock_timestamp(), 1, 'Goal', 'newer', $1, '\\x00', '{}')`,
      [patientId],
    );

    await expect(read()).resolves.toStrictEqual(before);
    expect(before.length).toBeGreaterThan(3);
  });
});
