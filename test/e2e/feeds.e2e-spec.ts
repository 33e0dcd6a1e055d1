import { gzipSync } from 'node:zlib';

import request from 'supertest';

import { startTestApp, type TestApp } from '../support/app';
import { kickOff, type Manifest, manifestOf } from '../support/export';
import { type RegisteredApp, registerApp } from '../support/registered-app';
import { struckDatabase } from '../support/struck-database';
import { until } from '../support/until';

const SOURCE_TIME = 'urn:ehr-bulk-data:source-time';
const patient = (id: string): string => `{"resourceType":"Patient","id":"${id}"}`;

describe('Feeds', () => {
  let service: TestApp;
  let feeder: RegisteredApp;
  let token: string;
  let reader: string;

  beforeAll(async () => {
    service = await startTestApp({
      SOURCE_FEEDS: 'ehr,lab',
      SOURCE_WAIT_SECONDS: '60',
      TOKEN_LIFETIME_SECONDS: '864000',
      FEED_BATCH_MAX_BYTES: '20000',
    });
    feeder = await registerApp(service, { groups: [], feeds: ['ehr', 'lab', 'other', 'audited'] });
    token = await feeder.token('system/*.cud');
    reader = await (await registerApp(service)).token();
  });

  afterAll(async () => {
    await service.close();
  });

  const send = (
    path: string,
    lines: readonly string[],
    headers: Readonly<Record<string, string>> = {},
    by = token,
  ): request.Test =>
    request(service.url)
      .put(`/feeds/${path}`)
      .auth(by, { type: 'bearer' })
      .set({ 'Content-Type': 'application/fhir+ndjson', ...headers })
      .send(lines.map((line) => `${line}\n`).join(''));

  const show = (path: string, by = token): request.Test =>
    request(service.url).get(`/feeds/${path}`).auth(by, { type: 'bearer' });

  const exported = async (): Promise<Manifest> =>
    manifestOf(service, await kickOff(service, 'Patient/$export', reader), reader);

  it('are the only door while FHIR_WRITES is off: resources are only read', async () => {
    const writer = await registerApp(service, { groups: [], fhirWrites: true });
    const answer = await request(service.url)
      .put('/fhir/Patient/p1')
      .auth(await writer.token('system/*.cud'), { type: 'bearer' })
      .set('Content-Type', 'application/fhir+json')
      .send(patient('p1'));

    expect([answer.status, answer.body]).toMatchObject([405, { resourceType: 'OperationOutcome' }]);
  });

  it('take batches, and tell what became of them, where they are and how old their watermark is', async () => {
    const answer = await send('ehr/batches/1?upTo=2026-11-30T10:00:00Z', [
      patient('p1'),
      'no json',
    ]).expect(201);

    expect(answer.headers['location']).toBe(`${service.config.http.publicUrl}/feeds/ehr/batches/1`);
    expect(answer.body).toMatchObject({
      ...{ feed: 'ehr', sequence: 1, upTo: '2026-11-30T10:00:00.000Z', deleted: 0, rejected: 1 },
      types: { Patient: { new: 1 } },
    });
    expect(
      (await send('ehr/batches/1', [patient('p1'), 'no json']).expect(200)).body,
    ).toStrictEqual(answer.body);
    expect((await show('ehr/batches/1').expect(200)).body).toStrictEqual(answer.body);
    expect((await show('ehr').expect(200)).body).toMatchObject({
      ...{ feed: 'ehr', position: 1, next: 2, rejected: 1, upTo: '2026-11-30T10:00:00.000Z' },
      lagSeconds: expect.any(Number) as number,
    });
    expect((await show('ehr/batches/1/rejected').expect(200)).body).toStrictEqual({
      lines: [{ line: 2, reason: expect.stringMatching(/^not valid JSON/) as string }],
    });
    expect((await show('other').expect(200)).body).toStrictEqual({
      ...{ feed: 'other', position: 0, next: 1, rejected: 0 },
    });
  });

  it('refuse gaps and other content with the number that is expected', async () => {
    const gap = await send('ehr/batches/7', [patient('p7')]).expect(409);
    const other = await send('ehr/batches/1', [patient('p7')]).expect(409);

    for (const { text } of [gap, other]) {
      expect(text).toContain('"code":"conflict"');
      expect(text).toMatch(/next (batch of feed ehr|one) has the number 2/);
    }
  });

  it.each([
    ['another media type', 'ehr/batches/2', { 'Content-Type': 'application/fhir+json' }, 415],
    ['another packing', 'ehr/batches/2', { 'Content-Encoding': 'br' }, 415],
    ['a watermark that is none', 'ehr/batches/2?upTo=yesterday', {}, 400],
    ['a watermark without a zone', 'ehr/batches/2?upTo=2026-11-30T10:00:00', {}, 400],
    ['a watermark in the future', 'ehr/batches/2?upTo=2999-01-01T00:00:00Z', {}, 400],
    [
      'two watermarks',
      'ehr/batches/2?upTo=2026-11-30T10:00:00Z&upTo=2026-11-30T11:00:00Z',
      {},
      400,
    ],
    ['a number that is none', 'ehr/batches/0', {}, 404],
    ['gzip that is none', 'ehr/batches/2', { 'Content-Encoding': 'gzip' }, 400],
  ] as const)('refuse %s', async (_, path, headers, status) => {
    const { text } = await send(path, [patient('secret')], headers).expect(status);

    expect(JSON.parse(text)).toMatchObject({ resourceType: 'OperationOutcome' });
    expect(text).not.toContain('secret');
    expect((await show('ehr')).body).toMatchObject({ position: 1 });
  });

  it('refuse a batch that is too large as it is sent', async () => {
    const lines = Array.from({ length: 1000 }, (_, index) => patient(`p${index}`));

    const { text } = await send('ehr/batches/2', lines).expect(413);

    expect(JSON.parse(text)).toMatchObject({ issue: [{ code: 'too-long' }] });
    expect((await show('ehr')).body).toMatchObject({ position: 1 });
  });

  it('take gzip', async () => {
    const { text } = await request(service.url)
      .put('/feeds/other/batches/1')
      .auth(token, { type: 'bearer' })
      .set({ 'Content-Type': 'application/fhir+ndjson', 'Content-Encoding': 'gzip' })
      .serialize((packed: unknown) => packed as string)
      .send(gzipSync(`${patient('p9')}\n`))
      .expect(201);

    expect(JSON.parse(text)).toMatchObject({ types: { Patient: { new: 1 } } });
  });

  it('are for apps alone that are licensed for them, with a token that may write', async () => {
    const readOnly = await registerApp(service);
    const elsewhere = await registerApp(service, { groups: [], feeds: ['lab'] });

    await send('ehr/batches/2', [patient('p2')], {}, await readOnly.token()).expect(403);
    await send('ehr/batches/2', [patient('p2')], {}, await elsewhere.token('system/*.cud')).expect(
      403,
    );
    await show('ehr', await elsewhere.token('system/*.cud')).expect(403);
    await request(service.url).get('/feeds/ehr').expect(401);
  });

  it('tell in manifests how far the record is contained, once each of them has said so', async () => {
    const before = await exported();
    await send('lab/batches/1?upTo=2026-11-30T09:30:00.250Z', []).expect(201);
    const after = await exported();

    expect(before.extension).not.toHaveProperty([SOURCE_TIME]);
    expect(after.extension).toMatchObject({ [SOURCE_TIME]: '2026-11-30T09:30:00.250Z' });
  });

  it('are waited for by exports, until they have passed the kick-off', async () => {
    const url = await kickOff(service, 'Patient/$export', reader);
    await until('the export was looked at and put off', async () => {
      const [job] = await service.dataSource.query<{ state: string; fence: string }[]>(
        'select state, fence from export.job order by created_at desc limit 1',
      );
      return job?.state === 'accepted' && Number(job.fence) > 0 ? job : undefined;
    });
    const passed = service.clock.now().toISOString();
    await send(`ehr/batches/2?upTo=${passed}`, [patient('p2')]).expect(201);
    await send(`lab/batches/2?upTo=${passed}`, []).expect(201);

    const manifest = await manifestOf(service, url, reader);

    expect(manifest).toMatchObject({
      extension: { [SOURCE_TIME]: passed },
      output: [{ count: 3 }],
    });
  });

  it('are among the metrics', async () => {
    const { text } = await request(service.url).get('/metrics');

    expect(text).toMatch(/^bulk_feed_position\{feed="ehr"\} 2$/m);
    expect(text).toMatch(/^bulk_feed_lag_seconds\{feed="ehr"\} \d/m);
    expect(text).toMatch(/^bulk_feed_last_batch_age_seconds\{feed="lab"\} \d/m);
    expect(text).toMatch(/^bulk_feed_rejected_lines\{feed="ehr"\} 1$/m);
  });

  it('leave the other metrics as they are while PostgreSQL cannot be asked', async () => {
    const struck = await struckDatabase(service, ['feed.feed']);
    await struck.strike('57P03');
    try {
      const { text } = await request(service.url).get('/metrics').expect(200);

      expect(text).toContain('process_cpu_seconds_total');
      expect(text).not.toContain('bulk_feed_position{');
    } finally {
      await struck.heal();
      await struck.close();
    }
  });

  it('are on record: who sent which batch', async () => {
    const events = await service.dataSource.query<unknown[]>(
      `select app_id, detail ->> 'feed' as feed, detail ->> 'resources' as resources from audit.event
       where action = 'feed.written' order by id limit 1`,
    );

    expect(events).toStrictEqual([{ app_id: feeder.id, feed: 'ehr', resources: '2' }]);
  });

  it('are put on record with the batch, or neither is in', async () => {
    await service.dataSource.query('alter table audit.event rename to elsewhere');
    const failed = await send('audited/batches/1', [patient('unrecorded')]);
    await service.dataSource.query('alter table audit.elsewhere rename to event');

    const rows = await service.dataSource.query<unknown[]>(
      `select from clinical.resource where id = 'unrecorded'`,
    );
    expect([failed.status, rows]).toStrictEqual([500, []]);
    expect((await send('audited/batches/1', [patient('unrecorded')])).status).toBe(201);
  });
});
