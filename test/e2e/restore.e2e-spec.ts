import request, { type Response } from 'supertest';

import { generateClientKeys } from '../../libs/smart-client/src';
import { startReplica, type TestApp } from '../support/app';
import { restoredCopy, type TestDatabase } from '../support/database';
import { download, kickOff, type Manifest, manifestOf } from '../support/export';
import { given, type GivenApp, startGivenApp } from '../support/given-app';
import { registerApp } from '../support/registered-app';
import { until } from '../support/until';

const patient = (id: string): string => `{"resourceType":"Patient","id":"${id}"}`;

describe('A database that is restored from a backup, with Redis empty', () => {
  let service: GivenApp;
  let restored: TestApp;
  let backup: TestDatabase;
  let feeder: string;
  /** Complete, and deleted after the backup; running at the backup; begun after it. */
  let [deleted, running, later]: string[] = [];
  let promised: { readonly running: string; readonly later: string };

  beforeAll(async () => {
    const { privateJwk } = await generateClientKeys('ES384');
    service = await startGivenApp(
      [given('Patient', 'a')],
      { ABC: ['a'] },
      {
        RETRY_AFTER_MAX_SECONDS: '1',
        TOKEN_SIGNING_KEYS: JSON.stringify({ keys: [{ ...privateJwk, kid: 'signs' }] }),
      },
    );
    const app = await registerApp(service, { groups: [], feeds: ['ehr'] });
    feeder = await app.token('system/*.cud');
    // Parts of CareTeam wait for an hour.
    await service.dataSource.query(`
      create function export.slow() returns trigger language plpgsql as $$
      begin
        if new.type = 'CareTeam' then new.not_before := service.timer() + interval '1 hour'; end if;
        return new;
      end $$`);
    await service.dataSource.query(`
      create trigger slow before insert on export.part
      for each row execute function export.slow()`);
    await send(service, 1, 'b').expect(201);
    deleted = await started('_type=Patient');
    await finished(service, deleted);
    running = await started('_type=Patient,CareTeam');
    promised = { running: await plannedTime(idOf(running)), later: '' };

    backup = await restoredCopy(service.environment['DATABASE_URL'] ?? '');

    await until('it is connected again', async () =>
      (await send(service, 2, 'c')).status === 201 ? true : undefined,
    );
    later = await started('_type=Patient');
    promised = { ...promised, later: (await finished(service, later)).transactionTime };
    await request(deleted).delete('').auth(service.token, { type: 'bearer' }).expect(202);
    restored = await startReplica(service, {
      DATABASE_URL: backup.url,
      REDIS_PREFIX: 'restored',
      ROLE: 'all',
    });
  });

  afterAll(async () => {
    await restored.close();
    await service.close();
    await backup.drop();
  });

  const idOf = (statusUrl: string): string => statusUrl.split('/').at(-1) ?? '';
  const started = (query: string): Promise<string> =>
    kickOff(service, `Patient/$export?${query}`, service.token);
  const finished = (of: TestApp, statusUrl: string): Promise<Manifest> =>
    manifestOf(of, there(of, statusUrl), service.token);
  const there = (of: TestApp, url = ''): string => url.replace(service.url, of.url);
  const ask = (url: string | undefined): Promise<Response> =>
    Promise.resolve(request(there(restored, url)).get('').auth(service.token, { type: 'bearer' }));
  const send = (to: TestApp, number: number, id: string): request.Test =>
    request(to.url)
      .put(`/feeds/ehr/batches/${number}`)
      .auth(feeder, { type: 'bearer' })
      .set('Content-Type', 'application/fhir+ndjson')
      .send(`${patient(id)}\n`);
  /** Of an export, once the part that does not wait is done. */
  const plannedTime = (id: string): Promise<string> =>
    until('one part is done, and one waits', async () => {
      const [row] = await service.dataSource.query<{ time: Date }[]>(
        `select j.transaction_time as time from export.job j
         where j.id = $1 and exists (select from export.part p where p.job_id = j.id and p.state = 'completed')`,
        [id],
      );
      return row?.time.toISOString();
    });

  it('goes on with an export that was running, as of the instant that it had', async () => {
    await restored.dataSource.query('update export.part set not_before = service.timer()');

    const manifest = await finished(restored, running ?? '');

    expect(new Date(manifest.transactionTime).toISOString()).toBe(promised.running);
    const lines = await download(there(restored, manifest.output[0]?.url), service.token);
    expect(lines.match(/"id":"\w"/g)?.sort()).toStrictEqual(['"id":"a"', '"id":"b"']);
  });

  it('says of files that are gone since that they are, and to start again', async () => {
    const manifest = (await ask(deleted)).body as Manifest;
    const answer = await ask(manifest.output[0]?.url);

    expect([answer.status, answer.text]).toStrictEqual([
      500,
      expect.stringContaining('Start the export again'),
    ]);
    const metrics = await request(restored.url).get('/metrics');
    expect(metrics.text).toMatch(/^bulk_stored_file_faults_total\{fault="missing"\} 1$/m);
  });

  it('knows nothing of exports that began after the backup', async () => {
    expect((await ask(later)).status).toBe(404);
  });

  it('takes a feed up where the backup has it, and gives with the next _since what comes again', async () => {
    const gap = await send(restored, 3, 'd').expect(409);
    await send(restored, 2, 'c').expect(201);
    await send(restored, 1, 'b').expect(200);

    const since = `_type=Patient&_since=${encodeURIComponent(promised.later)}`;
    const next = await kickOff(restored, `Patient/$export?${since}`, service.token);
    const manifest = await finished(restored, next);

    expect(gap.text).toMatch(/number 2/);
    expect(Date.parse(manifest.transactionTime)).toBeGreaterThan(Date.parse(promised.later));
    const lines = await download(there(restored, manifest.output[0]?.url), service.token);
    expect(lines.match(/"id":"\w"/g)).toStrictEqual(['"id":"c"']);
  });
});
