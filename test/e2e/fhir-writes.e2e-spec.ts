import request from 'supertest';

import { AppPrincipals } from '../../src/auth/access/app-principals';
import { BundleWriter } from '../../src/feed/writes/bundle-writer.service';
import { INDEXED } from '../../src/feed/writes/find-by-identifier';
import { readSentBundle } from '../../src/feed/writes/read-bundle';
import { ResourceWriter } from '../../src/feed/writes/resource-writer.service';
import { singleWrite } from '../../src/feed/writes/write-unit';
import { startTestApp, type TestApp } from '../support/app';
import {
  type BundleAnswer,
  bundleOf,
  deleting,
  expressionOf,
  idOf,
  posting,
  putting,
  type SentEntry,
  statusesOf,
} from '../support/bundles';
import { deletedIn } from '../support/deletions';
import { downloadAll, kickOff, manifestOf } from '../support/export';
import { type RegisteredApp, registerApp } from '../support/registered-app';

const patient = (id: string, rest = ''): string => `{"resourceType":"Patient","id":"${id}"${rest}}`;

const TWINS = 'identifier=urn:mrn|twin-Secret';

describe('Writing of resources', () => {
  let service: TestApp;
  let engine: RegisteredApp;
  let token: string;
  let reader: string;

  beforeAll(async () => {
    service = await startTestApp({
      FHIR_WRITES: 'true',
      FHIR_WRITE_MAX_BYTES: '20000',
      FHIR_WRITE_MAX_ENTRIES: '20',
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

  const post = (
    type: string,
    entry: readonly SentEntry[],
    { headers = {}, by = token }: { headers?: Readonly<Record<string, string>>; by?: string } = {},
  ): request.Test =>
    request(service.url)
      .post('/fhir/')
      .auth(by, { type: 'bearer' })
      .set({ 'Content-Type': 'application/fhir+json', ...headers })
      .send(bundleOf(type, entry));

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
    const { location = '' } = answer.headers as { location?: string };
    await request(location).get('').auth(reader, { type: 'bearer' }).expect('ETag', 'W/"1"');
    expect((await linesOf('new')).join()).toContain('"multipleBirthInteger":1.0');
  });

  it('answers 200 to a change, which is a version, and to the same again, which is none', async () => {
    await put('Patient/twice', patient('twice')).expect(201);

    const changed = await put('Patient/twice', patient('twice', ',"active":true')).expect(200);
    const repeated = await put('Patient/twice', patient('twice', ',"active":true')).expect(200);

    expect([changed.headers['etag'], repeated.headers['etag']]).toStrictEqual(['W/"2"', 'W/"2"']);
  });

  it('takes in what is nested deeply', async () => {
    const nested = `${'['.repeat(9000)}${']'.repeat(9000)}`;

    await put('Patient/deep', patient('deep', `,"extension":${nested}`)).expect(201);
    await put('Patient/deep', patient('deep', `,"name":${nested}`)).expect(200);
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
        writer.write(
          singleWrite(
            {
              ...{ type: 'Patient', id: 'queue', expected: 1n, wantsContent: false },
              line: Buffer.from(patient('queue', `,"language":"${language}"`)),
            },
            { action: 'resource.written', appId: engine.id, requestId: 'test' },
          ),
        ),
      ),
    );

    expect(results.map(([result]) => result?.kind)).toStrictEqual([
      'stored',
      'unexpected',
      'unexpected',
    ]);
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
    ['an id that is none', 'Patient/x_y', patient('x_y'), {}, 400],
    ['XML', 'Patient/x', '<Patient/>', { 'Content-Type': 'application/fhir+xml' }, 415],
    ['a packed body', 'Patient/x', 'x', { 'Content-Encoding': 'gzip' }, 415],
    ['too much', 'Patient/x', patient('x', `,"language":"${'x'.repeat(20_000)}"`), {}, 413],
    ['a type that is not ours', 'Claim/x', '{"resourceType":"Claim","id":"x"}', {}, 404],
    ['a Group', 'Group/x', '{"resourceType":"Group","id":"x"}', {}, 403],
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

  describe('in transactions and batches', () => {
    const countOf = async (): Promise<number> => {
      const [row] = await service.dataSource.query<{ count: number }[]>(
        'select count(*)::int as count from clinical.version',
      );
      return row?.count ?? -1;
    };

    it('writes, creates and deletes together, and answers in the order of the entries', async () => {
      await put('Patient/old', patient('old')).expect(201);
      const answer = await post('transaction', [
        deleting('Patient', 'old'),
        putting('Patient', 'kept'),
        posting('Patient', 'urn:uuid:1', { id: 'mine' }),
      ]).expect(200);

      expect(answer.body).toMatchObject({ resourceType: 'Bundle', type: 'transaction-response' });
      expect(statusesOf(answer)).toStrictEqual(['204 No Content', '201 Created', '201 Created']);
      expect((answer.body as BundleAnswer).entry[1]?.response).toMatchObject({
        etag: 'W/"1"',
        location: `${service.fhirBase}/Patient/kept/_history/1`,
      });
      expect(idOf(answer, 2)).toMatch(/^[0-9a-f-]{36}$/);
      expect(await linesOf(idOf(answer, 2))).toHaveLength(1);
      expect([await linesOf('old'), await linesOf('mine')]).toStrictEqual([[], []]);
    });

    it('resolves what refers to another entry by its fullUrl, links too (R4, transactions)', async () => {
      const answer = await post('transaction', [
        posting('DocumentReference', 'urn:uuid:2', {
          subject: { reference: 'urn:uuid:3' },
          content: [{ attachment: { url: 'urn:uuid:4' } }],
        }),
        posting('Patient', 'urn:uuid:3', { id: 'x' }),
        posting('Binary', 'urn:uuid:4', { contentType: 'text/plain' }),
      ]).expect(200);

      const [line = ''] = await linesOf(idOf(answer, 0));
      expect(JSON.parse(line)).toMatchObject({
        subject: { reference: `Patient/${idOf(answer, 1)}` },
        content: [{ attachment: { url: `Binary/${idOf(answer, 2)}` } }],
      });
      const [row] = await service.dataSource.query<{ patient_id: string }[]>(
        'select patient_id from clinical.resource where id = $1',
        [idOf(answer, 0)],
      );
      expect(row?.patient_id).toBe(idOf(answer, 1));
    });

    it('resolves references by identifier, however it is spelled, to what is stored and to what comes along', async () => {
      const identified = (value: string): object => ({
        identifier: [{ system: 'urn:mrn', value }],
      });
      await put(
        'Patient/known',
        patient('known', String.raw`,"identifier":{"system":"urn:mrn","value":"\u00e9?1"}`),
      );
      await post('transaction', [putting('Condition', 'known', identified('c"d'))]);
      const answer = await post('transaction', [
        posting('Goal', 'urn:uuid:5', {
          subject: { reference: 'Patient?identifier=urn:mrn|%C3%A9%3F1' },
          expressedBy: { reference: 'Practitioner?identifier=urn:mrn|come' },
          addresses: [{ reference: 'Condition?identifier=urn:mrn|c%22d' }],
        }),
        posting('Practitioner', 'urn:uuid:6', identified('come')),
      ]).expect(200);

      const [line = ''] = await linesOf(idOf(answer, 0));
      expect(JSON.parse(line)).toMatchObject({
        subject: { reference: 'Patient/known' },
        expressedBy: { reference: `Practitioner/${idOf(answer, 1)}` },
        addresses: [{ reference: 'Condition/known' }],
      });
    });

    it('has an index for the types that are not looked through', async () => {
      const rows = await service.dataSource.query<unknown[]>(
        `select from pg_indexes where indexdef like '%identifier_hashes%'
         and tablename = any (select 'resource_' || lower(unnest($1::text[])))`,
        [INDEXED],
      );

      expect(rows).toHaveLength(INDEXED.length);
    });

    it('creates no second resource where ifNoneExist finds one, and refers to that one', async () => {
      const identifier = [{ system: 'urn:site', value: 'once' }];
      const creation = posting(
        'Location',
        'urn:uuid:7',
        { identifier },
        { ifNoneExist: 'identifier=urn:site|once' },
      );
      const first = await post('transaction', [creation]).expect(200);
      const second = await post('transaction', [
        creation,
        posting('Encounter', 'urn:uuid:8', {
          location: [{ location: { reference: 'urn:uuid:7' } }],
        }),
      ]).expect(200);

      expect([statusesOf(first), statusesOf(second)]).toStrictEqual([
        ['201 Created'],
        ['200 OK', '201 Created'],
      ]);
      expect(idOf(second, 0)).toBe(idOf(first, 0));
      expect((await linesOf(idOf(second, 1))).join()).toContain(`"Location/${idOf(first, 0)}"`);
    });

    it('lets one of several transactions that wait together create what all of them want', async () => {
      const identifier = [{ system: 'urn:site', value: 'race' }];
      const condition = { ifNoneExist: 'identifier=urn:site|race' };
      const entry = [posting('Organization', 'urn:uuid:9', { identifier }, condition)];
      const sent = Buffer.from(bundleOf('transaction', entry));
      const app = await service.app
        .get(AppPrincipals, { strict: false })
        .of(engine.id, 'system/*.cud');
      const writer = service.app.get(BundleWriter, { strict: false });

      const answers = await Promise.all(
        ['a', 'b', 'c'].map((requestId) =>
          writer.write(readSentBundle(sent, 1), { app, requestId, prefers: undefined }),
        ),
      );

      expect(answers.flat().map(({ response }) => response)).toMatchObject([
        { status: '201 Created' },
        { status: '200 OK' },
        { status: '200 OK' },
      ]);
    });

    beforeAll(async () => {
      for (const id of ['twin-1', 'twin-2']) {
        await put(`Patient/${id}`, JSON.stringify({ resourceType: 'Patient', id, ...twin }));
      }
    });

    const twin = { identifier: [{ system: 'urn:mrn', value: 'twin-Secret' }] };
    const creating = (ifNoneExist: string): SentEntry =>
      posting('Patient', 'urn:uuid:b', {}, { ifNoneExist });
    const referring = (reference: string): SentEntry =>
      posting('Goal', 'urn:uuid:a', { subject: { reference } });

    it.each<readonly [string, SentEntry, number, string]>([
      [
        'a condition that does not hold',
        putting('Patient', 'never', {}, { ifMatch: 'W/"1"' }),
        412,
        'request',
      ],
      [
        'a resource that is there',
        putting('Patient', 'twin-1', {}, { ifNoneMatch: '*' }),
        412,
        'request',
      ],
      ['an urn that is no fullUrl', referring('urn:uuid:Secret'), 422, 'resource'],
      ['an urn behind an escape', referring('URN:uuid:Secret'), 422, 'resource'],
      ['a search that finds none', referring('Patient?identifier=urn:mrn|Secret'), 422, 'resource'],
      ['a search that finds several', referring(`Patient?${TWINS}`), 422, 'resource'],
      ['a search by something else', referring('Patient?name=Secret'), 422, 'resource'],
      ['ifNoneExist that finds several', creating(TWINS), 412, 'request.ifNoneExist'],
      ['a resource that another entry writes', putting('Patient', 'first'), 400, ''],
      ['a fullUrl that another entry has', posting('Patient', 'urn:uuid:first'), 400, 'fullUrl'],
    ])(
      'writes nothing of a transaction with %s, and names the entry',
      async (...[, entry, status, element]) => {
        const before = await countOf();
        const first = { ...putting('Patient', 'first'), fullUrl: 'urn:uuid:first' };

        const answer = await post('transaction', [first, entry]);

        expect([answer.status, expressionOf(answer)]).toStrictEqual([
          status,
          ['Bundle.entry[1]', element].filter(Boolean).join('.'),
        ]);
        expect(answer.text).toContain('Entry 2: ');
        expect(answer.text).not.toContain('Secret');
        expect(await countOf()).toBe(before);
      },
    );

    it('answers each entry of a batch by itself', async () => {
      const answer = await post('batch', [
        putting('Patient', 'batch-1'),
        referring('urn:uuid:nowhere'),
        putting('Patient', 'batch-2', {}, { ifMatch: 'W/"7"' }),
        deleting('Patient', 'batch-3'),
        putting('Patient', 'batch-1', { active: true }),
      ]).expect(200);

      expect(statusesOf(answer)).toStrictEqual([
        '201 Created',
        '422 Unprocessable Entity',
        '412 Precondition Failed',
        '204 No Content',
        '200 OK',
      ]);
      expect((answer.body as BundleAnswer).type).toBe('batch-response');
      expect(
        (answer.body as BundleAnswer).entry[1]?.response.outcome?.issue[0]?.expression,
      ).toStrictEqual(['Bundle.entry[1].resource']);
    });

    it('gives the resources back to clients who prefer that', async () => {
      const entry = [
        putting('Patient', 'shown'),
        posting('Patient', 'urn:uuid:c', { active: true }),
      ];
      const answer = await post('transaction', entry, {
        headers: { Prefer: 'return=representation' },
      });

      expect((answer.body as BundleAnswer).entry.map(({ resource }) => resource)).toMatchObject([
        { id: 'shown', meta: { versionId: '1' } },
        { id: idOf(answer, 1), active: true },
      ]);
    });

    it('wants a scope for each entry, and not too many entries (SC-05)', async () => {
      const goals = await engine.token('system/Goal.cud system/Patient.c');

      const answer = await post(
        'transaction',
        [posting('Patient', 'urn:uuid:d'), putting('Patient', 'no')],
        { by: goals },
      );
      const batch = await post('batch', [deleting('Patient', 'x'), putting('Goal', 'goal')], {
        by: goals,
      });

      expect([answer.status, expressionOf(answer)]).toStrictEqual([403, 'Bundle.entry[1]']);
      expect(statusesOf(batch)).toStrictEqual(['403 Forbidden', '201 Created']);
      await post('transaction', [], { by: reader }).expect(403);
      await post('batch', Array<SentEntry>(21).fill(deleting('Patient', 'x'))).expect(413);
      expect(await linesOf('no')).toStrictEqual([]);
    });

    it('puts a transaction on record with it, or writes neither', async () => {
      await post('transaction', [putting('Patient', 'told-1'), putting('Goal', 'told-2')]).expect(
        200,
      );
      await service.dataSource.query('alter table audit.event rename to elsewhere');
      const [failed, batch] = [
        await post('transaction', [putting('Patient', 'untold')]),
        await put('Patient/untold', patient('untold')),
      ];
      await service.dataSource.query('alter table audit.elsewhere rename to event');

      const [row] = await service.dataSource.query<{ detail: object }[]>(
        `select detail from audit.event where action = 'resource.written' and app_id = $1
         order by id desc limit 1`,
        [engine.id],
      );
      expect(row?.detail).toStrictEqual({
        types: ['Patient', 'Goal'],
        resources: 2,
        result: 'stored',
      });
      expect([failed.status, batch.status]).toStrictEqual([500, 500]);
      expect(await linesOf('untold')).toStrictEqual([]);
    });
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
      answer.body as {
        rest: {
          interaction: { code: string }[];
          resource: { type: string; interaction?: unknown }[];
        }[];
      }
    ).rest;

    expect(rest?.resource.find(({ type }) => type === 'Goal')?.interaction).toStrictEqual([
      { code: 'read' },
      { code: 'vread' },
      { code: 'update' },
      { code: 'delete' },
    ]);
    expect(rest?.interaction.map(({ code }) => code)).toStrictEqual(['transaction', 'batch']);
  });

  it('makes a chain of exports with _since equal to what several clients have written', async () => {
    const truth = new Map<string, string>();
    const seen = new Map<string, string>();
    const client = async (name: string, round: number): Promise<void> => {
      for (let step = 0; step < 5; step += 1) {
        const id = `${name}-${(step * 2 + round) % 3}`;
        const other = `${name}-${(step * 2 + round + 1) % 3}`;
        const language = `${round}-${step}`;
        if (step % 2 === 0) await put(`Patient/${id}`, patient(id, `,"language":"${language}"`));
        else {
          const entry = [deleting('Patient', id), putting('Patient', other, { language })];
          await post('transaction', entry).expect(200);
          truth.delete(id);
        }
        truth.set(step % 2 === 0 ? id : other, language);
        if (step < 4) continue;
        await remove(`Patient/${other}`).expect(204);
        truth.delete(other);
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
