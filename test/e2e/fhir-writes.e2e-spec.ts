import request from 'supertest';

import { ResourceWriter } from '../../src/feed/writes/resource-writer.service';
import { startTestApp, type TestApp } from '../support/app';
import { deletedIn } from '../support/deletions';
import { downloadAll, kickOff, manifestOf } from '../support/export';
import { type RegisteredApp, registerApp } from '../support/registered-app';

const patient = (id: string, rest = ''): string => `{"resourceType":"Patient","id":"${id}"${rest}}`;

describe('Writing of single resources', () => {
  let service: TestApp;
  let engine: RegisteredApp;
  let token: string;
  let reader: string;

  beforeAll(async () => {
    service = await startTestApp({
      FHIR_WRITES: 'true',
      FHIR_WRITE_MAX_BYTES: '20000',
      TOKEN_LIFETIME_SECONDS: '864000',
    });
    engine = await registerApp(service, { groups: [], fhirWrites: true });
    token = await engine.token('system/*.cud');
    reader = await (await registerApp(service)).token();
  });

  afterAll(async () => {
    await service.close();
  });

  const put = (
    path: string,
    body: string | Buffer,
    headers: Readonly<Record<string, string>> = {},
    by = token,
  ): request.Test =>
    request(service.url)
      .put(`/fhir/${path}`)
      .auth(by, { type: 'bearer' })
      .set({ 'Content-Type': 'application/fhir+json', ...headers })
      .send(body);

  const remove = (path: string, headers: Readonly<Record<string, string>> = {}): request.Test =>
    request(service.url).delete(`/fhir/${path}`).auth(token, { type: 'bearer' }).set(headers);

  const linesOf = async (id: string): Promise<readonly string[]> => {
    const rows = await service.dataSource.query<{ content: string }[]>(
      'select content from clinical.resource where id = $1',
      [id],
    );
    return rows.map(({ content }) => content);
  };

  it('takes a resource in as it was sent, and says where it is and in which version', async () => {
    const answer = await put(
      'Patient/new',
      patient('new', ',\n "multipleBirthInteger" : 1.0'),
    ).expect(201);

    expect(answer.headers).toMatchObject({
      etag: 'W/"1"',
      location: `${service.fhirBase}/Patient/new/_history/1`,
    });
    expect(answer.headers['last-modified']).toBeDefined();
    expect(answer.text).toBe('');
    expect((await linesOf('new')).join()).toContain('"multipleBirthInteger":1.0');
  });

  it('answers 200 to a change, which is a version, and to the same again, which is none', async () => {
    await put('Patient/twice', patient('twice')).expect(201);

    const changed = await put('Patient/twice', patient('twice', ',"active":true')).expect(200);
    const repeated = await put('Patient/twice', patient('twice', ',"active":true')).expect(200);

    expect([changed.headers['etag'], repeated.headers['etag']]).toStrictEqual(['W/"2"', 'W/"2"']);
  });

  it('deletes a resource, whether it is there or not, and creates it again', async () => {
    await put('Patient/gone', patient('gone')).expect(201);

    await remove('Patient/gone').expect(204);
    await remove('Patient/gone').expect(204);
    await remove('Patient/never').expect(204);

    expect(await linesOf('gone')).toStrictEqual([]);
    await put('Patient/gone', patient('gone')).expect(201);
    expect(await linesOf('gone')).toHaveLength(1);
  });

  it.each([
    [{ 'If-Match': 'W/"1"' }, 200],
    [{ 'If-Match': 'W/"2"' }, 412],
    [{ 'If-None-Match': '*' }, 412],
    [{ 'If-Match': '*' }, 400],
    [{ 'If-None-Match': 'W/"1"' }, 400],
  ])('judges preconditions of a resource that is there: %j is %i', async (headers, status) => {
    const id = `there-${JSON.stringify(headers).replace(/[^A-Za-z0-9]/g, '')}`;
    await put(`Patient/${id}`, patient(id)).expect(201);

    await put(`Patient/${id}`, patient(id, ',"active":true'), headers).expect(status);

    expect((await linesOf(id)).join().includes('active')).toBe(status === 200);
  });

  it('judges preconditions of a resource that is not there', async () => {
    await put('Patient/absent', patient('absent'), { 'If-Match': 'W/"1"' }).expect(412);
    await remove('Patient/absent', { 'If-Match': 'W/"1"' }).expect(412);
    await put('Patient/absent', patient('absent'), { 'If-None-Match': '*' }).expect(201);
    await remove('Patient/absent', { 'If-Match': 'W/"9"' }).expect(412);
    await remove('Patient/absent', { 'If-Match': 'W/"1"' }).expect(204);
  });

  it('lets one of several clients win that expect the same version', async () => {
    await put('Patient/race', patient('race')).expect(201);

    const answers = await Promise.all(
      ['a', 'b', 'c', 'd'].map((language) =>
        put('Patient/race', patient('race', `,"language":"${language}"`), { 'If-Match': 'W/"1"' }),
      ),
    );

    expect(answers.map(({ status }) => status).sort()).toStrictEqual([200, 412, 412, 412]);
  });

  it('judges each of several writes that wait together by what the one before has done', async () => {
    await put('Patient/queue', patient('queue')).expect(201);
    const writer = service.app.get(ResourceWriter, { strict: false });

    const results = await Promise.all(
      ['a', 'b', 'c'].map((language) =>
        writer.write({
          ...{ type: 'Patient', id: 'queue', expected: 1n, wantsContent: false },
          line: Buffer.from(patient('queue', `,"language":"${language}"`)),
        }),
      ),
    );

    expect(results.map(({ kind }) => kind)).toStrictEqual(['stored', 'unexpected', 'unexpected']);
    expect(await linesOf('queue')).toStrictEqual([expect.stringContaining('"language":"a"')]);
  });

  it('answers as the client prefers', async () => {
    const whole = await put('Patient/prefer', patient('prefer'), {
      Prefer: 'return=representation',
    });
    const told = await put('Patient/prefer', patient('prefer'), {
      Prefer: 'return=OperationOutcome',
    });

    expect(whole.body).toMatchObject({ id: 'prefer', meta: { versionId: '1' } });
    expect(told.body).toMatchObject({ resourceType: 'OperationOutcome' });
  });

  it.each([
    ['no JSON', 'Patient/x', '{"resourceType":"Patient","name":[{"family":"Secret"}', {}, 400],
    ['another type', 'Patient/x', '{"resourceType":"Goal","id":"x","note":"Secret"}', {}, 400],
    ['another id', 'Patient/x', patient('y', ',"language":"Secret"'), {}, 400],
    ['no id', 'Patient/x', '{"resourceType":"Patient","language":"Secret"}', {}, 400],
    ['no UTF-8', 'Patient/x', Buffer.from([0x7b, 0xff, 0x7d]), {}, 400],
    ['an id that is none', 'Patient/x_y', patient('x_y'), {}, 400],
    ['XML', 'Patient/x', '<Patient/>', { 'Content-Type': 'application/fhir+xml' }, 415],
    ['a packed body', 'Patient/x', 'x', { 'Content-Encoding': 'gzip' }, 415],
    ['too much', 'Patient/x', patient('x', `,"language":"${'x'.repeat(20_000)}"`), {}, 413],
    ['a type that is not ours', 'Claim/x', '{"resourceType":"Claim","id":"x"}', {}, 404],
    ['a Group', 'Group/x', '{"resourceType":"Group","id":"x"}', {}, 405],
  ])('refuses %s, quoting nothing', async (...[, path, body, headers, status]) => {
    const answer = await put(path, body, headers);

    expect([answer.status, answer.body]).toMatchObject([
      status,
      { resourceType: 'OperationOutcome' },
    ]);
    expect(answer.text).not.toContain('Secret');
    expect(await linesOf('x')).toStrictEqual([]);
  });

  it('wants a scope and a licence to write, both at once (SC-05)', async () => {
    const other = await registerApp(service, { groups: [], feeds: ['ehr'] });
    const [feeds, patients, updates] = await Promise.all([
      other.token('system/*.cud'),
      engine.token('system/Goal.cud'),
      engine.token('system/*.u'),
    ]);

    for (const by of [reader, feeds, patients, updates]) {
      await put('Patient/no', patient('no'), {}, by).expect(403);
    }
    expect(await linesOf('no')).toStrictEqual([]);
  });

  it('puts every write on record, with the type and never the id', async () => {
    await put('Patient/audited', patient('audited')).expect(201);

    const rows = await service.dataSource.query<{ detail: object }[]>(
      `select detail from audit.event where action = 'resource.written' and app_id = $1
       order by id desc limit 1`,
      [engine.id],
    );

    expect(rows).toStrictEqual([{ detail: { type: 'Patient', resources: 1, result: 'stored' } }]);
  });

  it('tells of reading, updating and deleting in the CapabilityStatement (CS-07)', async () => {
    const answer = await request(service.url).get('/fhir/metadata').expect(200);
    const [rest] = (
      answer.body as { rest: { resource: { type: string; interaction?: unknown }[] }[] }
    ).rest;

    expect(rest?.resource.find(({ type }) => type === 'Goal')?.interaction).toStrictEqual([
      { code: 'update' },
      { code: 'delete' },
    ]);
  });

  it('makes a chain of exports with _since equal to what several clients have written', async () => {
    const truth = new Map<string, string>();
    const seen = new Map<string, string>();
    const client = async (name: string, round: number): Promise<void> => {
      for (let step = 0; step < 5; step += 1) {
        const id = `${name}-${(step * 2 + round) % 3}`;
        const isDeleted = (step + round) % 4 === 3;
        if (isDeleted) await remove(`Patient/${id}`).expect(204);
        else {
          await put(`Patient/${id}`, patient(id, `,"language":"${round}-${step}"`));
          truth.set(id, `${round}-${step}`);
        }
        if (isDeleted) truth.delete(id);
      }
    };
    let since = '';
    for (let round = 0; round < 3; round += 1) {
      await Promise.all(['one', 'two'].map((name) => client(name, round)));
      const manifest = await manifestOf(
        service,
        await kickOff(service, `Patient/$export${since}`, reader),
        reader,
      );
      for (const line of (await downloadAll(manifest, reader)).get('Patient') ?? []) {
        const { id, language } = JSON.parse(line) as { id: string; language?: string };
        if (language !== undefined && /^(one|two)-/.test(id)) seen.set(id, language);
      }
      for (const url of await deletedIn(manifest, reader)) seen.delete(url.replace('Patient/', ''));
      since = `?_since=${encodeURIComponent(manifest.transactionTime)}`;
    }

    expect(new Map([...seen].sort())).toStrictEqual(new Map([...truth].sort()));
  });
});
