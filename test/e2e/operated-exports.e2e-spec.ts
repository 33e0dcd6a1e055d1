import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

import { Logger } from '@nestjs/common';
import request, { type Response } from 'supertest';

import type { ShownExport } from '../../src/export-jobs';
import { Sweeper } from '../../src/export-jobs/worker/sweeper.service';
import { runCommand, runProcess } from '../support/command-line';
import { download, downloadAll, kickOff, type Manifest, manifestOf } from '../support/export';
import { given, type GivenApp, startGivenApp, to } from '../support/given-app';
import { startJob } from '../support/job';
import type { Given } from '../support/truth';
import { until } from '../support/until';

const ADMIN_TOKEN = 'operators-only-0123456789-abcdefghij';
const UNKNOWN = '00000000-0000-4000-8000-000000000000';

/** An answer whose body is not known yet. */
type Answer = Omit<Response, 'body'> & { readonly body: unknown };

const goal = (id: string, text: string): Given =>
  given('Goal', id, { subject: to('Patient', 'secret-patient'), description: { text } });

describe('Exports in the hands of operators', () => {
  let service: GivenApp;

  beforeAll(async () => {
    service = await startGivenApp(
      [given('Patient', 'secret-patient'), goal('g1', 'as it was')],
      { ABC: ['secret-patient'] },
      { ADMIN_TOKEN, RETRY_AFTER_MAX_SECONDS: '1' },
    );
    // Parts of Goal are as if all workers had died of them; those of CareTeam wait for an hour.
    await service.dataSource.query(`
      create function export.troubled() returns trigger language plpgsql as $$
      begin
        if new.type = 'Goal' then new.attempts := 1000; end if;
        if new.type = 'CareTeam' then new.not_before := service.timer() + interval '1 hour'; end if;
        return new;
      end $$`);
    await service.dataSource.query(`
      create trigger troubled before insert on export.part
      for each row execute function export.troubled()`);
  });

  afterAll(() => service.close());

  const admin = (method: 'get' | 'post', path: string): Promise<Answer> =>
    Promise.resolve(
      request(service.url)[method](`/admin/exports${path}`).auth(ADMIN_TOKEN, { type: 'bearer' }),
    );
  const shown = async (id: string): Promise<ShownExport> =>
    (await admin('get', `/${id}`)).body as ShownExport;
  const operate = (id: string, operation: string): Promise<Answer> =>
    admin('post', `/${id}/${operation}`);
  const idOf = (statusUrl: string): string => statusUrl.split('/').at(-1) ?? '';
  const started = (query: string): Promise<string> =>
    kickOff(service, `Group/ABC/$export?${query}`, service.token);
  const finished = (statusUrl: string): Promise<Manifest> =>
    manifestOf(service, statusUrl, service.token);
  /** An export of CareTeam, whose part waits. */
  const waiting = async (): Promise<string> => {
    const id = idOf(await started('_type=Patient,CareTeam'));
    await until('the other part is done', async () => (await shown(id)).partStates.completed === 1);
    return id;
  };
  const audited = async (id: string): Promise<readonly string[]> => {
    const events = await service.dataSource.query<{ line: string }[]>(
      `select concat_ws(' ', action, actor, group_id) as line from audit.event
       where job_id = $1 and actor = 'operator' order by id`,
      [id],
    );
    return events.map(({ line }) => line);
  };
  const expectConflict = async (id: string, operation: string, why: string): Promise<void> => {
    const { status, body } = await operate(id, operation);

    expect([status, body]).toMatchObject([
      409,
      { issue: [{ code: 'conflict', diagnostics: expect.stringContaining(why) as string }] },
    ]);
  };

  describe('retry-failed', () => {
    it('gives what the failed parts would have given, as of the same instant, beside the files that are there', async () => {
      const statusUrl = await started('_type=Patient,Goal');
      const before = await finished(statusUrl);
      await service.load([goal('g1', 'changed since'), goal('g2', 'new since')]);
      await service.clock.advance(3600);
      await service.app.get(Sweeper, { strict: false }).sweep();

      const { status } = await operate(idOf(statusUrl), 'retry-failed');
      const after = await finished(statusUrl);

      expect(before.output.map(({ type }) => type)).toStrictEqual(['Patient']);
      expect(before.error).toHaveLength(1);
      expect(status).toBe(200);
      expect(after).toMatchObject({ transactionTime: before.transactionTime, error: [] });
      const lines = await downloadAll(after, service.token);
      expect([...lines.keys()].sort()).toStrictEqual(['Goal', 'Patient']);
      expect(lines.get('Goal')).toStrictEqual([expect.stringContaining('as it was')]);
      await expect(download(before.output[0]?.url ?? '', service.token)).resolves.toContain(
        'secret-patient',
      );
      expect(await audited(idOf(statusUrl))).toStrictEqual(['export.retried operator ABC']);
      expect((await shown(idOf(statusUrl))).retries).toBe(1);
    });

    it('leaves the files of the first manifest where they are while parts are done again', async () => {
      const statusUrl = await started('_type=Patient,Goal');
      const before = await finished(statusUrl);
      // So that nobody does them before the poll.
      await service.dataSource.query(
        'update export.job set held_at = service.timer() where id = $1',
        [idOf(statusUrl)],
      );

      await operate(idOf(statusUrl), 'retry-failed');
      const poll = await request(statusUrl).get('').auth(service.token, { type: 'bearer' });

      expect(poll.status).toBe(202);
      expect(Number.parseInt(String(poll.headers['x-progress']), 10)).toBeLessThan(100);
      await expect(download(before.output[0]?.url ?? '', service.token)).resolves.toContain(
        'secret-patient',
      );
    });

    it('does an export again that failed as a whole', async () => {
      const statusUrl = await started('_type=Goal');
      await until('it has failed', async () => (await shown(idOf(statusUrl))).state === 'failed');

      await operate(idOf(statusUrl), 'retry-failed');

      const manifest = await finished(statusUrl);
      expect(manifest.output.map(({ type }) => type)).toStrictEqual(['Goal']);
    });

    it('is refused where nothing has failed, what runs, what is gone, and unknown exports', async () => {
      const whole = await started('_type=Patient');
      await finished(whole);
      const running = await waiting();

      await expectConflict(idOf(whole), 'retry-failed', 'no part of it has failed');
      await expectConflict(running, 'retry-failed', 'only what has ended');
      await operate(running, 'cancel');
      await expectConflict(running, 'retry-failed', 'it is cancelled');
      expect((await operate(UNKNOWN, 'retry-failed')).status).toBe(404);
      expect((await operate('..%2f', 'retry-failed')).status).toBe(404);
    });

    it('is refused when manifests were given in pages, which never change (PG-03)', async () => {
      const statusUrl = await started('_type=Patient,Goal&allowPartialManifests=true');
      await until('it has ended', async () => (await shown(idOf(statusUrl))).state === 'completed');

      await expectConflict(idOf(statusUrl), 'retry-failed', 'in pages');
    });

    it('is refused once the cohort is gone, or the time of the files is over', async () => {
      const [swept, over] = [await started('_type=Patient,Goal'), await started('_type=Goal')];
      await finished(swept);
      await until('it has failed', async () => (await shown(idOf(over))).state === 'failed');
      // As a release that knows nothing of retries leaves it.
      await service.dataSource.query(
        'update export.job set swept_at = service.timer(), cohort_kept = false where id = $1',
        [idOf(swept)],
      );
      await service.dataSource.query(
        'update export.job set expires_at = service.timer() where id = $1',
        [idOf(over)],
      );

      await expectConflict(idOf(swept), 'retry-failed', 'its cohort is no longer kept');
      expect((await operate(idOf(over), 'retry-failed')).status).toBe(409);
    });

    it('is refused when the history that its parts read was trimmed', async () => {
      const statusUrl = await started('_type=Patient,Goal');
      await finished(statusUrl);
      await service.dataSource.query(`update clinical.store_clock set trimmed = 'infinity'`);

      await expectConflict(idOf(statusUrl), 'retry-failed', 'history that its parts read');

      await service.dataSource.query(`update clinical.store_clock set trimmed = '-infinity'`);
    });
  });

  describe('hold and release', () => {
    it('keeps the work of an export from being given out, on record, until it is released', async () => {
      const id = await waiting();
      const late = await shown(id);

      await operate(id, 'hold');
      await service.dataSource.query(
        'update export.part set not_before = service.timer() where job_id = $1',
        [id],
      );
      const held = await shown(id);
      await operate(id, 'release');
      await until('it is complete', async () => (await shown(id)).state === 'completed');

      const reasonOf = ({ parts }: ShownExport): unknown =>
        parts.find(({ type }) => type === 'CareTeam')?.reason;
      expect(reasonOf(late)).toMatch(/^retry at \d{4}-/);
      expect(held).toMatchObject({ held: true, state: 'running', reason: 'held by an operator' });
      expect(reasonOf(held)).toBe('held by an operator');
      expect(await audited(id)).toStrictEqual([
        'export.held operator ABC',
        'export.released operator ABC',
      ]);
    });

    it('is refused for what has ended', async () => {
      const statusUrl = await started('_type=Patient');
      await finished(statusUrl);

      await expectConflict(idOf(statusUrl), 'hold', 'no work of it is left');
    });
  });

  describe('cancel and expire', () => {
    it.each(['cancel', 'expire'])(
      '%s ends the time of a complete export at once, on record, and not twice',
      async (operation) => {
        const statusUrl = await started('_type=Patient');
        await finished(statusUrl);

        const { status } = await operate(idOf(statusUrl), operation);

        expect(status).toBe(200);
        const poll = await request(statusUrl).get('').auth(service.token, { type: 'bearer' });
        expect(poll.status).toBe(404);
        const action = operation === 'cancel' ? 'cancelled' : 'withdrawn';
        expect(await audited(idOf(statusUrl))).toStrictEqual([`export.${action} operator ABC`]);
        expect((await operate(idOf(statusUrl), operation)).status).toBe(409);
      },
    );

    it('expires nothing that has not ended', async () => {
      await expectConflict(await waiting(), 'expire', 'cancel what has not ended');
    });
  });

  describe('what is shown', () => {
    it('tells of parts, files, downloads and failures, and nothing of patients', async () => {
      const manifest = await finished(
        await startJob(service, {
          target: { level: 'group', groupId: 'ABC' },
          types: ['Patient', 'Goal'],
          provenanceOf: [],
          patients: ['secret-patient'],
          typeFilters: { Goal: ['patient=Patient/secret-patient', 'lifecycle-status=active'] },
        }),
      );
      await download(manifest.output[0]?.url ?? '', service.token);
      const id = manifest.output[0]?.url.split('/').at(-2) ?? '';

      const answer = await admin('get', `/${id}`);

      expect(answer.body).toMatchObject({
        ...{ id, app: service.client.id, group: 'ABC', state: 'completed', progress: 100 },
        parameters: { types: ['Patient', 'Goal'], patients: 1, typeFilters: { Goal: 2 } },
        partStates: { completed: 1, failed: 1 },
        downloads: { count: 1 },
        parts: [
          { type: 'Goal', state: 'failed', failure: { code: 'processing' } },
          { type: 'Patient', state: 'completed', attempts: 1, resources: 1 },
        ],
        files: [{ name: 'Patient.1.ndjson', resources: 1, downloads: 1 }],
      });
      expect((answer.body as ShownExport).parts[1]?.worker).toMatch(/:\d+$/);
      expect(answer.text).not.toContain('secret-patient');
    });

    it('lists exports by state, app and group, in pages, newest first', async () => {
      const ids = [];
      for (let n = 0; n < 3; n++) {
        const statusUrl = await started('_type=Patient');
        await finished(statusUrl);
        ids.unshift(idOf(statusUrl));
      }
      const list = async (query: string): Promise<{ ids: string[]; next?: string }> => {
        const { body } = await admin('get', `?${query}`);
        const { exports, next } = body as { exports: { id: string }[]; next?: string };
        return { ids: exports.map(({ id }) => id), ...(next !== undefined && { next }) };
      };

      const first = await list('state=completed,failed&group=ABC&count=2');
      const second = await list(`state=completed&count=1&before=${String(first.next)}`);

      expect(first.ids).toStrictEqual(ids.slice(0, 2));
      expect(second.ids).toStrictEqual(ids.slice(2));
      await expect(list('app=nobody')).resolves.toStrictEqual({ ids: [] });
      await expect(list('group=XYZ')).resolves.toStrictEqual({ ids: [] });
      expect((await list(`app=${service.client.id}&state=completed`)).ids).toContain(ids[0]);
    });

    it.each([
      ['state=odd', 'state'],
      ['count=0', 'count'],
      ['count=201', 'count'],
      ['count=1&count=2', 'count'],
      [`before=${UNKNOWN}`, 'before'],
      ['before=odd', 'before'],
      ['since=2026', 'since'],
      ['app=', 'app'],
    ])('refuses %s, and names what is at fault', async (query, name) => {
      expect(await admin('get', `?${query}`)).toMatchObject({
        status: 400,
        body: { issue: [{ expression: [name] }] },
      });
    });
  });

  it('leave a line in the log for each event, with the ids of export, app and request', async () => {
    const lines: [Readonly<Record<string, unknown>>, string][] = [];
    const note = (fields: unknown, event: unknown): void => {
      lines.push([fields as Readonly<Record<string, unknown>>, String(event)]);
    };
    const logs = [
      jest.spyOn(Logger.prototype, 'log').mockImplementation(note),
      jest.spyOn(Logger.prototype, 'warn').mockImplementation(note),
    ];
    const query = '_type=Patient,Goal';
    const answer = await request(service.url)
      .get(`/fhir/Group/ABC/$export?${query}`)
      .set('X-Request-Id', 'kick-off-1')
      .auth(service.token, { type: 'bearer' });
    const statusUrl = String(answer.headers['content-location']);
    const manifest = await finished(statusUrl);
    await download(manifest.output[0]?.url ?? '', service.token);
    await request(statusUrl).delete('').auth(service.token, { type: 'bearer' }).expect(202);
    await until('the download has ended', () =>
      lines.some(([, event]) => /downloaded/.test(event)),
    );
    for (const log of logs) log.mockRestore();

    const own = lines.filter(([{ jobId }]) => jobId === idOf(statusUrl));
    expect(own.map(([, event]) => event).sort()).toStrictEqual([
      'an attempt at a part failed',
      'export cancelled',
      'export completed',
      'export planned',
      'file downloaded',
      'part ended',
      'part ended',
    ]);
    const ofClient = ['export cancelled', 'file downloaded'];
    const inWorker = own.filter(([, event]) => !ofClient.includes(event));
    expect(inWorker.map(([{ requestId }]) => requestId)).toStrictEqual(
      inWorker.map(() => 'kick-off-1'),
    );
    for (const [fields] of own) {
      expect(fields).toMatchObject({
        appId: service.client.id,
        requestId: expect.stringMatching(/./) as string,
      });
      expect(JSON.stringify(fields)).not.toContain('secret-patient');
    }
  });

  it('have metrics by the names that are written down, with what waits and runs', async () => {
    await finished(await started('_type=Patient,Goal'));
    await waiting();
    const page = await readFile(join(__dirname, '../../docs/metrics.md'), 'utf8');
    const documented = [...page.matchAll(/^\| `(bulk_\w+)` /gm)].map(([, name]) => name);

    const text = await (await fetch(`${service.url}/metrics`)).text();

    const served = [...text.matchAll(/^# TYPE (bulk_\w+) /gm)].map(([, name]) => name);
    expect(served.filter((name) => !name?.startsWith('bulk_packed_')).sort()).toStrictEqual(
      documented.sort(),
    );
    expect(text).toMatch(/^bulk_exports\{state="running"\} [1-9]/m);
    expect(text).toMatch(/^bulk_parts\{state="pending"\} [1-9]/m);
    expect(text).toMatch(/^bulk_exported_resources_total\{type="Patient"\} [1-9]/m);
    expect(text).toMatch(/^bulk_export_duration_seconds_count\{state="completed"\} [1-9]/m);
    expect(text).toMatch(
      /^bulk_part_attempts_failed_total\{error="\w+",outcome="given_up"\} [1-9]/m,
    );
    expect(text).toMatch(/^bulk_stored_bytes [1-9]/m);
    expect(text).toMatch(/^bulk_storage_disk_bytes\{part="free"\} [1-9]/m);
    expect(text).toMatch(/^bulk_queue_signals\{queue="export-parts"\} \d/m);
    expect(text).toMatch(/^bulk_database_connections\{pool="general",state="most"\} [1-9]/m);
    expect(text).toMatch(/^bulk_database_connections\{pool="reserve",state="most"\} [1-9]/m);
  });

  it('count requests by the template of their route, and never by an address', async () => {
    const unknown = `${UNKNOWN}-made-up`;
    await finished(await started('_type=Patient'));
    for (const path of ['/fhir/bulk-files', '', '/health']) {
      await request(service.url).get(`${path}/${unknown}`);
    }

    const { text } = await request(service.url).get('/metrics');

    const counted = text.split('\n').filter((line) => /^bulk_http_\w+_count/.test(line));
    expect(counted).toContainEqual(
      expect.stringMatching(/method="GET",route="\/fhir\/bulk-status\/:\w+",status="200"\} [1-9]/),
    );
    expect(counted).toContainEqual(
      expect.stringMatching(/method="",route="other",status="404"\} [1-9]/),
    );
    expect(counted.join('\n')).not.toMatch(/made-up|[0-9a-f]{8}-/);
  });

  describe('on the command line', () => {
    const exports = (...args: readonly string[]): ReturnType<typeof runCommand> =>
      runCommand(service.environment, ['exports', ...args]);

    it('explains a part, with its SQL and plan, and without anything of patients', async () => {
      const statusUrl = await startJob(service, {
        target: { level: 'group', groupId: 'ABC' },
        types: ['Patient', 'Observation'],
        provenanceOf: [],
        patients: ['secret-patient'],
        typeFilters: {
          Observation: ['subject=Patient/secret-patient&value-quantity=5417', 'code=secret-code'],
        },
      });
      await until('it is planned', async () => (await shown(idOf(statusUrl))).parts.length > 0);

      const [text, json, none] = await Promise.all([
        runCommand(service.environment, ['explain', idOf(statusUrl), 'Observation']),
        runCommand(service.environment, ['explain', idOf(statusUrl), 'Patient', '--json']),
        runCommand(service.environment, ['explain', idOf(statusUrl), 'Goal']),
      ]);

      expect(text.stdout).toMatch(/select [^]*cost=/);
      expect(text.stdout).toContain(idOf(statusUrl));
      expect(text.stdout).not.toMatch(/secret|5417/);
      expect(JSON.parse(json.stdout)).toMatchObject({ plan: expect.any(Array) as unknown[] });
      expect(none).toMatchObject({
        exitCode: 1,
        stderr: expect.stringContaining('It has Observation, Patient.') as string,
      });
    });

    it('lists, shows, watches and cancels as the API does', async () => {
      const id = await waiting();

      const [list, show, held] = await Promise.all([
        exports('list', '--state', 'running', '--count', '1', '--json'),
        exports('show', id),
        exports('hold', id),
      ]);
      const watching = runProcess(service.environment, [
        ...['exports', 'watch', id, '--seconds', '0.1'],
      ]);
      const cancelled = await exports('cancel', id, '--json');
      const watched = await watching;
      const again = await exports('cancel', id);

      expect(JSON.parse(list.stdout)).toMatchObject({ exports: [{ id }], next: id });
      expect(show.stdout).toMatch(/CareTeam .* (retry at|held by)/);
      expect(held.stdout).toContain('running (held)');
      expect(JSON.parse(cancelled.stdout)).toMatchObject({ id, state: 'cancelled' });
      expect(watched.stdout).toContain('cancelled');
      expect(again).toMatchObject({
        exitCode: 1,
        stderr: expect.stringContaining('gone') as string,
      });
      expect(await audited(id)).toStrictEqual([
        'export.held operator ABC',
        'export.cancelled operator ABC',
      ]);
    });
  });
});
