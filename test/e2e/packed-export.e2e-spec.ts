import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';

import { OFFERED_BY_DEFAULT } from '../../libs/fhir/src';
import { isPackable } from '../../src/packed-segments/packable';
import { download, downloadAll, kickOff, manifestOf, type Manifest } from '../support/export';
import { type LoadedApp, startLoadedApp } from '../support/loaded-app';
import { copyRows, PACKING, scopeOf } from '../support/packing';
import { type ServiceProcess, startWorker } from '../support/processes';
import { until } from '../support/until';

interface StoredFile {
  readonly type: string;
  readonly ordinal: number;
  readonly storage_key: string;
  readonly sha256: Buffer | null;
  readonly stored_sha256: Buffer | null;
}

describe('An export from packed segments', () => {
  let service: LoadedApp;
  let worker: ServiceProcess;

  beforeAll(async () => {
    service = await startLoadedApp(12, {
      ...PACKING,
      ROLE: 'api',
      PACKED_SEGMENTS_MEMBER_BYTES: '8000',
      EXPORT_FILE_MAX_RESOURCES: '150',
      EXPORT_PART_TARGET_BYTES: '200000',
    });
    // Many small ranges: a packer that is killed has some of them done and others not.
    await service.dataSource.query(
      `insert into clinical.packed_segment (type, patient_from, patient_to)
       select 'Observation', id, lead(id) over (order by id)
       from (select '' as id union select id from clinical.resource where type = 'Patient') p`,
    );
    const killed = await startWorker(service.environment);
    await until('some ranges are packed', async () => (await built('Observation')) >= 3);
    await killed.end('SIGKILL');
    worker = await startWorker(service.environment);
    await until('everything is packed', async () => (await due()) === 0);
  });

  afterAll(async () => {
    await worker.end('SIGTERM');
    await service.close();
  });

  const numberOf = async (sql: string, parameters: readonly unknown[] = []): Promise<number> => {
    const [row] = await service.dataSource.query<{ number: string }[]>(sql, [...parameters]);
    return Number(row?.number);
  };
  const built = (type: string): Promise<number> =>
    numberOf(
      'select count(*) as number from clinical.packed_segment where type = $1 and built_at is not null',
      [type],
    );
  const packable = (): readonly string[] => OFFERED_BY_DEFAULT.filter(isPackable);
  /** Types that no signal has reached yet count, too. */
  const due = (): Promise<number> =>
    numberOf(
      `select count(*) as number from unnest($1::text[]) as t (type)
       where not exists (select from clinical.packed_segment s where s.type = t.type)
          or exists (select from clinical.packed_segment s where s.type = t.type and s.due)`,
      [packable()],
    );

  async function exported(): Promise<{ manifest: Manifest; jobId: string }> {
    const statusUrl = await kickOff(service, 'Group/INF-101/$export', service.token);
    const manifest = await manifestOf(service, statusUrl, service.token);
    return { manifest, jobId: statusUrl.split('/').at(-1) ?? '' };
  }

  it('leaves no gap and no overlap between ranges, though a packer was killed', async () => {
    const ranges = await service.dataSource.query<
      { type: string; patient_from: string; patient_to: string | null; next: string | null }[]
    >(
      `select type, patient_from, patient_to,
              lead(patient_from) over (partition by type order by patient_from) as next
       from clinical.packed_segment order by type, patient_from`,
    );

    expect(ranges.length).toBeGreaterThan(20);
    expect(ranges.map((range) => range.patient_to)).toStrictEqual(ranges.map(({ next }) => next));
    for (const type of packable()) {
      expect(ranges.find((range) => range.type === type)?.patient_from).toBe('');
    }
  });

  it('holds the same lines as the rows of its instant, in files within the limits (FO-02, MF-10)', async () => {
    const { manifest, jobId } = await exported();

    const lines = await downloadAll(manifest, service.token);
    for (const type of packable()) {
      const scope = {
        ...scopeOf(jobId, manifest.transactionTime),
        provenanceOf: OFFERED_BY_DEFAULT.filter((one) => one !== 'Binary'),
      };
      const expected = type === 'Binary' ? [] : await copyRows(service, type as 'Goal', scope);
      expect([...(lines.get(type) ?? [])].sort()).toStrictEqual(expected);
    }
    expect(lines.get('Observation')?.length).toBeGreaterThan(200);
    for (const file of manifest.output) {
      expect(file.count).toBeLessThanOrEqual(150);
      expect((await download(file.url, service.token)).split('\n')).toHaveLength(file.count + 1);
    }
  });

  it('says the hash and the size of what is stored, and no hash that it does not know', async () => {
    const { manifest, jobId } = await exported();

    const files = await service.dataSource.query<StoredFile[]>(
      'select * from export.file where job_id = $1',
      [jobId],
    );
    const packed = files.filter((file) => file.sha256 === null);
    expect(packed.map((file) => file.type)).toContain('Observation');
    expect(packed.map((file) => file.type)).toContain('Provenance');
    expect(packed.every((file) => file.stored_sha256 !== null)).toBe(true);
    for (const file of files) {
      const listed = manifest.output.find(({ url }) =>
        url.endsWith(`/${file.type}.${file.ordinal}.ndjson`),
      );
      const stored = await readFile(
        join(service.environment['STORAGE_DIRECTORY'] ?? '', file.storage_key),
      );
      const plain = gunzipSync(stored);
      expect(listed?.extension).toStrictEqual({
        ...(file.sha256 && { 'urn:ehr-bulk-data:sha256': sha256(plain) }),
        'urn:ehr-bulk-data:bytes': plain.length,
        ...(file.stored_sha256 && {
          'urn:ehr-bulk-data:gzip-sha256': sha256(stored),
          'urn:ehr-bulk-data:gzip-bytes': stored.length,
        }),
      });
    }
  });

  it('holds what was written since, and nothing of what was deleted, though packed before', async () => {
    await service.dataSource.query(`
      with gone as (
        delete from clinical.resource
        where type = 'Condition' and id in (select min(id) from clinical.resource where type = 'Condition')
        returning *)
      insert into clinical.resource_history
        (last_updated, superseded_at, version, type, id, patient_id, content)
      select last_updated, date_trunc('milliseconds', clock_timestamp()), version, type, id, patient_id, content
      from gone`);
    await service.dataSource.query(
      `insert into clinical.resource (last_updated, version, type, id, patient_id, content_digest, content)
       select date_trunc('milliseconds', clock_timestamp()), 1, 'Condition', 'added', id, '\\x00',
              '{"resourceType":"Condition","id":"added"}'
       from clinical.resource where type = 'Patient' limit 1`,
    );

    const { manifest, jobId } = await exported();

    const scope = scopeOf(jobId, manifest.transactionTime);
    const conditions = (await downloadAll(manifest, service.token)).get('Condition') ?? [];
    expect(conditions).toContain('{"resourceType":"Condition","id":"added"}');
    expect([...conditions].sort()).toStrictEqual(await copyRows(service, 'Condition', scope));
  });
});

function sha256(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex');
}
