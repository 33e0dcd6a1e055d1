import { createHash } from 'node:crypto';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';

import Redis from 'ioredis';
import request from 'supertest';

import { SignalledWork } from '../../src/export-jobs/worker/signalled-work';
import { download, downloadAll, kickOff, type Manifest, manifestOf } from '../support/export';
import { type LoadedApp, startLoadedApp } from '../support/loaded-app';
import { startWorker } from '../support/processes';
import { registerApp } from '../support/registered-app';
import { until } from '../support/until';

/** A hash of every exported line, whatever the order of lines and files. */
function contentHash(lines: ReadonlyMap<string, readonly string[]>): string {
  const all = [...lines.values()].flat().sort();
  return createHash('sha256').update(all.join('\n')).digest('hex');
}

describe('Parts of an export', () => {
  describe('rolled files', () => {
    let service: LoadedApp;

    beforeAll(async () => {
      service = await startLoadedApp(25, {
        EXPORT_FILE_MAX_RESOURCES: '10',
        EXPORT_FILE_MAX_BYTES: '20000',
      });
    });

    afterAll(() => service.close());

    it('rolls at the number of resources and at the bytes, numbers files, and loses nothing (FO-02)', async () => {
      const statusUrl = await kickOff(
        service,
        'Group/INF-101/$export?_type=Patient,Goal',
        service.token,
      );

      const manifest = await manifestOf(service, statusUrl, service.token);

      const patients = manifest.output.filter((file) => file.type === 'Patient');
      expect(patients.length).toBeGreaterThanOrEqual(3);
      expect(patients.map((file) => file.url.split('/').at(-1))).toStrictEqual(
        patients.map((_, index) => `Patient.${index + 1}.ndjson`),
      );
      const lines = await downloadAll(manifest, service.token);
      expect(new Set(lines.get('Patient')).size).toBe(25);
      for (const file of manifest.output) {
        const text = await download(file.url, service.token);
        const own = text.split('\n').slice(0, -1);
        expect(own).toHaveLength(file.count);
        expect(file.count).toBeLessThanOrEqual(10);
        expect(Buffer.byteLength(own.slice(0, -1).join('\n'))).toBeLessThan(20_000);
      }
    });
  });

  describe('broken parts', () => {
    let service: LoadedApp;

    beforeAll(async () => {
      service = await startLoadedApp(10, {
        PART_MAX_ATTEMPTS: '2',
        FAULTS: 'source:Goal,storage:Procedure,source:Condition@1,storage:Immunization@1',
      });
      // A source that gives a row without content: COPY succeeds, the row is no resource.
      await service.dataSource.query(
        `update clinical.resource set content = '' where type = 'CareTeam'
         and id = (select id from clinical.resource where type = 'CareTeam' limit 1)`,
      );
      // As if eight workers had died of the part.
      await service.dataSource.query(`
        create function export.had_many_workers() returns trigger language plpgsql as $$
        begin new.attempts := 8; return new; end $$`);
      await service.dataSource.query(`
        create trigger had_many_workers before insert on export.part for each row
        when (new.type = 'Encounter') execute function export.had_many_workers()`);
    });

    afterAll(() => service.close());

    async function stored(type: string): Promise<number> {
      const [row] = await service.dataSource.query<{ resources: string }[]>(
        'select count(*) as resources from clinical.resource where type = $1',
        [type],
      );
      return Number(row?.resources);
    }

    async function exportOf(types: string): Promise<Manifest> {
      const statusUrl = await kickOff(
        service,
        `Group/INF-101/$export?_type=${types}`,
        service.token,
      );
      return manifestOf(service, statusUrl, service.token);
    }

    it.each([
      ['Goal', 'a source that cannot be read', 'the clinical data could not be read in 2 attempts'],
      [
        'Procedure',
        'a storage that refuses',
        'the file storage refused to write them in 2 attempts',
      ],
      ['Encounter', 'workers that end each time', 'the worker that read them ended in 9 attempts'],
    ])(
      'delivers the other types and describes missing %s with type, reason and count, for %s (ST-13, ER-01, ER-03)',
      async (type, _case, reason) => {
        const manifest = await exportOf(`Patient,${type}`);

        expect(manifest.output.map((file) => [file.type, file.count])).toStrictEqual([
          ['Patient', 10],
        ]);
        expect(manifest.error.map((file) => [file.type, file.count])).toStrictEqual([
          ['OperationOutcome', 1],
        ]);
        const text = await download(manifest.error[0]?.url ?? '', service.token);
        const [line = '', rest] = text.split('\n');
        expect(rest).toBe('');
        const [issue] = (JSON.parse(line) as { issue: { diagnostics: string }[] }).issue;
        expect(issue).toMatchObject({ severity: 'error', code: 'processing', expression: [type] });
        expect(issue?.diagnostics).toContain(
          `${await stored(type)} resources are missing: ${reason}`,
        );
      },
    );

    it('delivers every readable row of a type that holds a bad one, and counts the bad one (ER-03)', async () => {
      const manifest = await exportOf('CareTeam');

      expect(manifest.output.map((file) => file.count)).toStrictEqual([
        (await stored('CareTeam')) - 1,
      ]);
      const text = await download(manifest.error[0]?.url ?? '', service.token);
      expect(text).toContain('CareTeam: 1 resource is missing');
      const [bad] = await service.dataSource.query<{ id: string }[]>(
        `select id from clinical.resource where type = 'CareTeam' and coalesce(content, '') = ''`,
      );
      expect(JSON.parse(text)).toMatchObject({
        extension: [
          {
            url: 'http://hl7.org/fhir/StructureDefinition/operationoutcome-sourceResource',
            valueReference: { reference: `CareTeam/${bad?.id}` },
          },
        ],
      });
      const [issue] = (JSON.parse(text) as { issue: object[] }).issue;
      expect(issue).not.toHaveProperty('source');
    });

    it('tries again what fails once, and then misses nothing', async () => {
      const manifest = await exportOf('Condition,Immunization');

      expect(manifest.output.map((file) => [file.type, file.count])).toStrictEqual([
        ['Condition', await stored('Condition')],
        ['Immunization', await stored('Immunization')],
      ]);
      expect(manifest.error).toStrictEqual([]);
    });

    it('fails the job when every row of all it asks for is bad', async () => {
      await service.dataSource.query(
        `update clinical.resource set content = '' where type = 'Device'`,
      );
      const statusUrl = await kickOff(service, 'Group/INF-101/$export?_type=Device', service.token);

      await expect(manifestOf(service, statusUrl, service.token)).rejects.toThrow('status: 500');
    });

    it('fails the job with an OperationOutcome when nothing could be delivered (ST-09, ST-12)', async () => {
      const statusUrl = await kickOff(service, 'Group/INF-101/$export?_type=Goal', service.token);

      await expect(manifestOf(service, statusUrl, service.token)).rejects.toThrow('status: 500');

      const answer = await request(statusUrl).get('').auth(service.token, { type: 'bearer' });
      expect(answer.status).toBe(500);
      expect(answer.headers['content-type']).toMatch(/^application\/fhir\+json/);
      expect(answer.body).toMatchObject({ issue: [{ severity: 'error', code: 'processing' }] });
    });
  });

  describe('slow parts', () => {
    let service: LoadedApp;

    beforeAll(async () => {
      service = await startLoadedApp(10, { FAULTS: 'slow:Goal', EXPORT_STATEMENT_SECONDS: '2' });
    });

    afterAll(() => service.close());

    it('stops the work within two seconds of DELETE (DL-01)', async () => {
      const statusUrl = await kickOff(service, 'Group/INF-101/$export?_type=Goal', service.token);
      const jobId = statusUrl.split('/').at(-1) ?? '';
      const heartbeats = async (): Promise<string | undefined> => {
        const [row] = await service.dataSource.query<{ lease: Date | null }[]>(
          'select lease_until as lease from export.part where job_id = $1',
          [jobId],
        );
        return row?.lease?.toISOString();
      };
      const running = await until('the part is at work', heartbeats);
      await until('the part is alive', async () => (await heartbeats()) !== running);

      const inFlight = service.app.get(SignalledWork, { strict: false });
      expect(inFlight.idle).toBe(false);
      await request(statusUrl).delete('').auth(service.token, { type: 'bearer' }).expect(202);

      await until('the worker is idle', () => inFlight.idle, 2);
    });

    it('keeps neither the results nor the work of other small parts back that were claimed with a slow one', async () => {
      const statusUrl = await kickOff(service, 'Group/INF-101/$export', service.token);
      const states = async (): Promise<ReadonlyMap<string, { state: string; claims: string }>> => {
        const rows = await service.dataSource.query<
          { type: string; state: string; claims: string }[]
        >('select type, state, fence as claims from export.part where job_id = $1', [
          statusUrl.split('/').at(-1),
        ]);
        return new Map(rows.map(({ type, ...row }) => [type, row]));
      };

      const ended = await until('all others are there', async () => {
        const now = await states();
        const open = [...now].filter(([, { state }]) => state !== 'completed');
        return now.size > 0 && open.every(([type]) => type === 'Goal') ? now : undefined;
      });

      expect(ended.get('Goal')?.state).toBe('running');
      expect([...ended.values()].map(({ claims }) => claims)).toContain('2');
      await request(statusUrl).delete('').auth(service.token, { type: 'bearer' }).expect(202);
    });

    it('begins another app’s export while one app has more slow parts than the worker takes', async () => {
      const slow = await Promise.all(
        Array.from({ length: 4 }, () =>
          kickOff(service, 'Group/INF-101/$export?_type=Goal', service.token),
        ),
      );
      const parts = async (state: string): Promise<number> => {
        const [row] = await service.dataSource.query<{ parts: number }[]>(
          `select count(*)::int as parts from export.part p join export.job j on j.id = p.job_id
           where p.type = 'Goal' and p.state = $1 and j.state = 'running'`,
          [state],
        );
        return row?.parts ?? 0;
      };
      await until('the app has all that it may', async () => (await parts('running')) === 3);
      const token = await (await registerApp(service)).token();

      const statusUrl = await kickOff(service, 'Group/INF-101/$export?_type=Patient', token);
      const manifest = await manifestOf(service, statusUrl, token);

      expect(manifest.output).toHaveLength(1);
      await expect(Promise.all([parts('running'), parts('completed')])).resolves.toStrictEqual([
        3, 0,
      ]);
      for (const url of slow) await request(url).delete('').auth(service.token, { type: 'bearer' });
    });

    it('gives a part up that takes PostgreSQL longer than it may, at once and with the reason (ST-13, ER-03)', async () => {
      await service.dataSource.query(`
        alter function fhir_search.json_of rename to quick_json_of;
        create function fhir_search.json_of(x text) returns jsonb language plpgsql as $$
        begin perform pg_sleep(1); return x::jsonb; end $$`);

      const statusUrl = await kickOff(
        service,
        'Group/INF-101/$export?_type=Patient,Condition&_typeFilter=Patient%3Fgender:missing%3Dfalse',
        service.token,
      );
      const manifest = await manifestOf(service, statusUrl, service.token);
      await service.dataSource.query(`
        drop function fhir_search.json_of;
        alter function fhir_search.quick_json_of rename to json_of`);

      expect(manifest.output.map(({ type }) => type)).toStrictEqual(['Condition']);
      const [line = ''] = (await download(manifest.error[0]?.url ?? '', service.token)).split('\n');
      expect(JSON.parse(line)).toMatchObject({
        issue: [{ severity: 'error', code: 'too-costly', expression: ['Patient'] }],
      });
      const attempts = await service.dataSource.query<unknown[]>(
        `select attempts from export.part where failure is not null and type = 'Patient'`,
      );
      expect(attempts).toStrictEqual([{ attempts: 1 }]);
    });

    it('fails an export whose plan takes PostgreSQL longer than it may, at once and with the reason (ST-09)', async () => {
      await service.dataSource.query(`
        create function export.takes_long() returns trigger language plpgsql as $$
        begin perform pg_sleep(60); return null; end $$;
        create trigger takes_long before insert on export.cohort_member
        for each statement execute function export.takes_long()`);

      const statusUrl = await kickOff(service, 'Patient/$export?_type=Patient', service.token);
      await expect(manifestOf(service, statusUrl, service.token)).rejects.toThrow('status: 500');
      await service.dataSource.query('drop function export.takes_long cascade');

      const answer = await request(statusUrl).get('').auth(service.token, { type: 'bearer' });
      expect(answer.body).toMatchObject({ issue: [{ severity: 'error', code: 'too-costly' }] });
      const jobs = await service.dataSource.query<unknown[]>(
        `select attempts from export.job where state = 'failed'`,
      );
      expect(jobs).toStrictEqual([{ attempts: 1 }]);
    });

    it('says less than 100 % until the export is complete, and never less than before (ST-03)', async () => {
      const statusUrl = await kickOff(
        service,
        'Group/INF-101/$export?_type=Patient,Goal',
        service.token,
      );
      const said: number[] = [];

      await until('the export is complete', async () => {
        const answer = await request(statusUrl).get('').auth(service.token, { type: 'bearer' });
        if (answer.status === 202)
          said.push(Number.parseInt(String(answer.headers['x-progress']), 10));
        await service.clock.advance(Number(answer.headers['retry-after'] ?? 0));
        return answer.status === 200;
      });

      expect(said.length).toBeGreaterThan(2);
      expect(Math.max(...said)).toBeLessThan(100);
      expect(said).toStrictEqual([...said].sort((a, b) => a - b));
      expect(Math.max(...said)).toBeGreaterThan(0);
    });
  });

  describe('workers that die', () => {
    let service: LoadedApp;

    beforeAll(async () => {
      service = await startLoadedApp(60, {
        ROLE: 'api',
        EXPORT_PART_TARGET_BYTES: '50000',
        PART_LEASE_SECONDS: '2',
      });
    });

    afterAll(() => service.close());

    const completedParts = async (): Promise<number> => {
      const [row] = await service.dataSource.query<{ parts: string }[]>(
        `select count(*) as parts from export.part where state = 'completed'`,
      );
      return Number(row?.parts);
    };

    it('completes an export whose worker was killed, with the same content and no stray file', async () => {
      const path = 'Group/INF-101/$export';
      const first = await startWorker(service.environment);
      const statusUrl = await kickOff(service, path, service.token);
      await until('some parts are done', async () => (await completedParts()) >= 3);

      await first.end('SIGKILL');
      const [open] = await service.dataSource.query<{ parts: string }[]>(
        `select count(*) as parts from export.part where state <> 'completed'`,
      );
      const second = await startWorker(service.environment);
      try {
        const disturbed = await manifestOf(service, statusUrl, service.token);
        const undisturbed = await manifestOf(
          service,
          await kickOff(service, path, service.token),
          service.token,
        );

        expect(Number(open?.parts)).toBeGreaterThan(0);
        const group = (line: string): boolean => !line.startsWith('{"resourceType":"Group"');
        const [one, other] = await Promise.all(
          [disturbed, undisturbed].map(async (manifest) => downloadAll(manifest, service.token)),
        );
        expect([...(one?.values() ?? [])].flat().filter(group).length).toBeGreaterThan(500);
        expect(contentHash(one ?? new Map())).toBe(contentHash(other ?? new Map()));
      } finally {
        await second.end('SIGTERM');
      }
    });

    it('completes an export whose signals were lost with everything in Redis', async () => {
      const statusUrl = await kickOff(
        service,
        'Group/INF-101/$export?_type=Patient',
        service.token,
      );
      const redis = new Redis(service.config.redis.url);
      const keys = await redis.keys(`${service.config.redis.prefix}*`);
      await redis.del(...keys);
      redis.disconnect();

      const worker = await startWorker(service.environment);
      try {
        const { output } = await manifestOf(service, statusUrl, service.token);

        expect(keys.length).toBeGreaterThan(0);
        expect(output.map((file) => file.type)).toContain('Patient');
      } finally {
        await worker.end('SIGTERM');
      }
    });

    it('hands running parts back on SIGTERM and ends quickly', async () => {
      const worker = await startWorker(service.environment);
      await kickOff(service, 'Group/INF-101/$export', service.token);
      const before = await completedParts();
      await until('the worker is at work', async () => (await completedParts()) > before);

      await worker.end('SIGTERM');

      const [row] = await service.dataSource.query<{ parts: string }[]>(
        `select count(*) as parts from export.part where state = 'running'`,
      );
      expect(Number(row?.parts)).toBe(0);
    });
  });

  describe('deletion', () => {
    let service: LoadedApp;

    beforeAll(async () => {
      service = await startLoadedApp(100, { EXPORT_PART_TARGET_BYTES: '20000' });
    });

    afterAll(() => service.close());

    it('stops a running export and removes its bytes (DL-01, DL-05)', async () => {
      const statusUrl = await kickOff(service, 'Group/INF-101/$export', service.token);
      const jobId = statusUrl.split('/').at(-1) ?? '';
      // A file lies in the storage before its part is committed: both must be there to be removed.
      await until('a part is completed, and its file is there', async () => {
        const [row] = await service.dataSource.query<{ count: number }[]>(
          `select count(*)::int from export.part where job_id = $1 and state = 'completed'`,
          [jobId],
        );
        return (row?.count ?? 0) > 0 && (await filesOf(service, jobId)).length > 0;
      });

      await request(statusUrl).delete('').auth(service.token, { type: 'bearer' }).expect(202);

      await request(statusUrl).get('').auth(service.token, { type: 'bearer' }).expect(404);
      // The sweeper comes once the lease of the last possible writer is over: the clock is moved there.
      await service.clock.advance(60);
      await until('the bytes are gone', async () => (await filesOf(service, jobId)).length === 0);
      await until('the job is swept', async () => {
        const [row] = await service.dataSource.query<{ swept_at: Date | null }[]>(
          'select swept_at from export.job where id = $1',
          [jobId],
        );
        return row?.swept_at !== null;
      });
      const parts = await service.dataSource.query<{ state: string }[]>(
        `select state from export.part where job_id = $1 and state = 'completed'`,
        [jobId],
      );
      await expect(filesOf(service, jobId)).resolves.toStrictEqual([]);
      expect(parts.length).toBeGreaterThan(0);
    });

    it('removes the files of an expired export, which is 404 from then on (ST-16)', async () => {
      const statusUrl = await kickOff(
        service,
        'Group/INF-101/$export?_type=Patient',
        service.token,
      );
      const { output } = await manifestOf(service, statusUrl, service.token);

      await service.clock.advance(86_000);
      const stillThere = await request(statusUrl).get('').auth(service.token, { type: 'bearer' });
      await service.clock.advance(3600);

      expect(stillThere.status).toBe(200);
      for (const url of [statusUrl, output[0]?.url ?? '']) {
        await request(url).get('').auth(service.token, { type: 'bearer' }).expect(404);
      }
      const jobId = statusUrl.split('/').at(-1) ?? '';
      await until('the bytes are gone', async () => (await filesOf(service, jobId)).length === 0);
      const [row] = await service.dataSource.query<{ state: string }[]>(
        'select state from export.job where id = $1',
        [jobId],
      );
      expect(row?.state).toBe('expired');
      const metrics = await request(service.url).get('/metrics').expect(200);
      expect(metrics.text).toMatch(/^bulk_exports_expired_total [1-9]/m);
      expect(metrics.text).toMatch(/^bulk_sweep_last_success_timestamp_seconds \d/m);
    });
  });
});

async function filesOf(service: LoadedApp, jobId: string): Promise<readonly string[]> {
  const folder = join(service.environment['STORAGE_DIRECTORY'] ?? '', 'exports', jobId);
  return readdir(folder).catch(() => []);
}
