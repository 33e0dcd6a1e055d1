import request, { type Response } from 'supertest';

import { freePort, startReplica, startTestApp, type TestApp } from '../support/app';
import {
  type ClientKey,
  expectOAuthError,
  newClientKey,
  requestToken,
  signAssertion,
  tokenFields,
} from '../support/client-assertion';
import { kickOff, manifestOf } from '../support/export';
import { patientText, storePatients } from '../support/groups';

const ADMIN_TOKEN = 'operators-only-0123456789-abcdefghij';

/** An answer whose body is not known yet. */
type Answer = Omit<Response, 'body'> & { readonly body: unknown };
type Method = 'get' | 'post' | 'put' | 'patch' | 'delete';

describe('/admin', () => {
  let service: TestApp;
  let key: ClientKey;

  beforeAll(async () => {
    service = await startTestApp({ ADMIN_TOKEN, TOKEN_LIFETIME_SECONDS: '86400' });
    key = await newClientKey();
    const ids = ['p1', 'p2', 'p3'];
    await storePatients(service, Object.fromEntries(ids.map((id) => [id, patientText(id)])));
  });

  afterAll(() => service.close());

  const admin = (method: Method, path: string, body?: object): Promise<Answer> =>
    request(service.url)[method](`/admin/${path}`).auth(ADMIN_TOKEN, { type: 'bearer' }).send(body);
  const jwks = (): object => ({ keys: [key.publicJwk] });
  const register = async (body: object): Promise<Answer> =>
    admin('post', 'apps', { name: 'Registry', type: 'system', jwks: jwks(), ...body });
  const tokenOf = async (id: string, signer = key, scope = 'system/*.rs'): Promise<Answer> =>
    requestToken(service, tokenFields(await signAssertion(service, id, signer), { scope }));
  const accessToken = async (id: string, scope?: string): Promise<string> =>
    ((await tokenOf(id, key, scope)).body as { access_token: string }).access_token;
  const fhir = (token: string, path: string): Promise<Answer> =>
    request(service.url).get(`/fhir/${path}`).auth(token, { type: 'bearer' });

  const expectFault = (
    { status, body }: Answer,
    expected: number,
    ...fields: readonly string[]
  ): void => {
    expect([status, body]).toMatchObject([
      expected,
      {
        resourceType: 'OperationOutcome',
        issue: [fields.length > 0 ? { expression: fields } : {}],
      },
    ]);
  };

  describe('"its own credential, never under the public base"', () => {
    it.each([
      ['nothing', undefined],
      ['another token', `Bearer ${ADMIN_TOKEN}x`],
      ['a part of it', `Bearer ${ADMIN_TOKEN.slice(0, -1)}`],
      ['another scheme', `Basic ${Buffer.from(`admin:${ADMIN_TOKEN}`).toString('base64')}`],
    ])('refuses %s with 401, on record without what was sent', async (_, authorization) => {
      const asking = request(service.url).get('/admin/apps');

      const answer = await (authorization ? asking.set('Authorization', authorization) : asking);

      expectFault(answer, 401);
      expect(answer.headers['www-authenticate']).toMatch(/^Bearer/);
      const [event] = await service.dataSource.query<{ action: string; detail: object }[]>(
        'select action, actor, request_id, detail from audit.event order by id desc limit 1',
      );
      expect(event).toStrictEqual({
        action: 'admin.refused',
        actor: 'operator',
        request_id: answer.headers['x-request-id'],
        detail: { method: 'GET', credential: authorization ? 'wrong' : 'none' },
      });
    });

    it('refuses the access token of an app', async () => {
      const { body } = await register({ allGroups: true });
      const token = await accessToken((body as { id: string }).id);

      const answer = await request(service.url).get('/admin/apps').auth(token, { type: 'bearer' });

      expectFault(answer, 401);
    });

    it('is, with metrics, on ADMIN_PORT alone where there is one, which gives clients nothing', async () => {
      const adminPort = await freePort();
      const replica = await startReplica(service, { ADMIN_PORT: String(adminPort) });
      const statusOf = (port: string, path: string): Promise<string> =>
        request(port)
          .get(path)
          .auth(ADMIN_TOKEN, { type: 'bearer' })
          .then(({ status }) => `${path} ${status}`);

      try {
        const ofOperators = ['/admin/apps', '/ADMIN/apps', '/console', '/metrics', '/Metrics'];
        const ofClients = ['/fhir/metadata', '/.well-known/smart-configuration', '/docs', '/'];
        const onBoth = ['/health/live', '/favicon.ico'];
        const all = [...ofOperators, ...ofClients, ...onBoth];
        const [published, own] = await Promise.all(
          [replica.url, `http://127.0.0.1:${adminPort}`].map((port) =>
            Promise.all(all.map((path) => statusOf(port, path))),
          ),
        );

        const given = (paths: readonly string[]): readonly string[] =>
          all.map((path) => `${path} ${paths.includes(path) ? 200 : 404}`);
        // The root is for people.
        expect(published?.filter((line) => !line.startsWith('/ '))).toStrictEqual(
          given([...ofClients, ...onBoth]).filter((line) => !line.startsWith('/ ')),
        );
        expect(own).toStrictEqual(given([...ofOperators, ...onBoth]));
      } finally {
        await replica.close();
      }
    });

    it('is not below the FHIR base', async () => {
      const answer = await request(service.url)
        .get('/fhir/admin/apps')
        .auth(ADMIN_TOKEN, { type: 'bearer' });

      expectFault(answer, 404);
    });

    it('is switched off without ADMIN_TOKEN, and says so', async () => {
      const off = await startTestApp();
      try {
        const answer = await request(off.url).get('/admin/apps').auth('', { type: 'bearer' });

        expectFault(answer, 404);
        expect(answer.text).toContain('switched off');
      } finally {
        await off.close();
      }
    });

    it('keeps its answers out of caches', async () => {
      expect((await admin('get', 'apps')).headers['cache-control']).toBe('no-store');
    });
  });

  describe('apps', () => {
    it.each(['patient', 'user'])(
      '"System, Patient and User apps can be registered; only System apps can ask for a token or use the bulk API": %s',
      async (type) => {
        const { status, body } = await admin('post', 'apps', {
          name: 'A',
          type,
          jwks: jwks(),
          allGroups: true,
        });

        expect([status, body]).toMatchObject([201, { type }]);
        const answer = await tokenOf((body as { id: string }).id);
        expectOAuthError(answer, 400, 'unauthorized_client');
        expect(answer.text).toContain('Have its operator register a System app with a JWKS');
      },
    );

    it('"Only FHIR applications of the type System can send bulk data requests": a token that such an app still holds gets 403 and what to change', async () => {
      const { body } = await register({ allGroups: true });
      const { id } = body as { id: string };
      const token = await accessToken(id);
      await service.dataSource.query(`update auth.app set type = 'user' where id = $1`, [id]);

      const answer = await fhir(token, 'Group/ANY/$export');

      expectFault(answer, 403);
      expect(answer.text).toContain('only System apps may use bulk data');
    });

    it('"A System app cannot be registered without a JWKS (inline or URL)"', async () => {
      const answer = await register({ jwks: undefined, allGroups: true });

      expectFault(answer, 400, 'jwks');
      expect(answer.text).toContain('needs a JWKS or a JWKS URL');
      const byUrl = { jwks: undefined, jwksUrl: 'https://app.example.org/jwks', allGroups: true };
      expect((await register(byUrl)).status).toBe(201);
    });

    it.each([
      ['an unknown member', { scope: 'x', allGroups: true }, ['scope']],
      [
        'no name and a strange type',
        { name: undefined, type: 'x', allGroups: true },
        ['name', 'type'],
      ],
      ['null', { jwks: null, allGroups: null, groups: null }, ['jwks', 'allGroups', 'groups']],
      ['texts that cannot be', { id: 'a b', groups: ['IN F'] }, ['id', 'groups']],
      ['an unknown type', { allGroups: true, resourceTypes: ['Claim'] }, ['resourceTypes']],
      ['no groups', {}, ['groups']],
      [
        'a private JWKS',
        { jwks: { keys: [{ kty: 'oct', k: 'AAAA', kid: 'x' }] }, allGroups: true },
        ['jwks'],
      ],
    ])('names the fields of a registration with %s', async (_case, body, fields) => {
      const answer = await register(body);

      expect(answer.status).toBe(400);
      const [issue] = (answer.body as { issue: { expression: string[] }[] }).issue;
      expect([...(issue?.expression ?? [])].sort()).toStrictEqual([...fields].sort());
    });

    it('lists the keys of a set that are for others, and takes the rest (RG-05)', async () => {
      const mixed = { keys: [{ ...key.publicJwk, use: 'enc' }, key.publicJwk] };
      const left = 'Key 1 of the JWKS has a "use" other than "sig", and is left out.';

      const { status, body } = await register({ id: 'mixed', jwks: mixed, allGroups: true });
      const rotated = await admin('put', 'apps/mixed/keys', { jwks: mixed });

      expect([status, body]).toMatchObject([201, { jwks: { keys: [{ kid: key.kid }] } }]);
      expect((body as { notes: unknown }).notes).toStrictEqual([left]);
      expect((rotated.body as { notes: unknown }).notes).toStrictEqual([left]);
      expect((await tokenOf('mixed')).status).toBe(200);
    });

    it('refuses an id that is taken', async () => {
      expect((await register({ id: 'taken', allGroups: true })).status).toBe(201);

      expectFault(await register({ id: 'taken', allGroups: true }), 409);
    });

    it('shows, disables, enables and rotates keys, each on record as an operator’s', async () => {
      await register({ id: 'life', allGroups: true });
      const newKey = await newClientKey('RS384', 'k2');

      expect((await admin('post', 'apps/life/disable')).body).toHaveProperty('disabledAt');
      expect((await tokenOf('life')).status).toBe(401);
      expect((await admin('post', 'apps/life/enable')).body).not.toHaveProperty('disabledAt');
      expect((await tokenOf('life')).status).toBe(200);
      await admin('put', 'apps/life/keys', { jwks: { keys: [newKey.publicJwk] } });

      expect((await tokenOf('life')).status).toBe(401);
      expect((await tokenOf('life', newKey)).status).toBe(200);
      expect((await admin('get', 'apps/life')).body).toMatchObject({ id: 'life', allGroups: true });
      expectFault(await admin('put', 'apps/life/keys', {}), 400, 'jwks');
      const events = await service.dataSource.query<{ action: string; actor: string }[]>(
        `select action, actor from audit.event where app_id = 'life' and action like 'app.%' order by id`,
      );
      expect(events).toStrictEqual(
        ['registered', 'disabled', 'enabled', 'rotated'].map((action) => ({
          action: `app.${action}`,
          actor: 'operator',
        })),
      );
    });

    it.each([
      'get apps/none',
      'post apps/none/enable',
      'get groups/none',
      'delete groups/none',
      'get groups/a%00b',
      'get groups/none/preview',
    ])('answers 404 to %s', async (asked) => {
      const [method, path = ''] = asked.split(' ');

      expectFault(await admin(method as Method, path), 404);
    });
  });

  describe('licences', () => {
    beforeAll(async () => {
      for (const id of ['L-1', 'L-2']) {
        await admin('post', 'groups', { id, name: id });
        await admin('put', `groups/${id}/members`, { patients: ['p1'] });
      }
    });

    it.each([
      [['Patient'], 'system/*.rs', ['Patient']],
      [undefined, 'system/Patient.rs system/Goal.rs', ['Goal', 'Patient']],
      [['Patient', 'Goal'], 'system/Goal.rs system/Condition.rs', ['Goal']],
      [['Patient', 'Goal'], 'system/*.read', ['Goal', 'Patient']],
      [['Patient', 'Group'], 'system/Goal.rs system/Group.rs', []],
    ])(
      '"Licence per app: groups and resource types; scopes from the token on top; the narrower wins": %j and %s',
      async (licensed, scope, both) => {
        const { body } = await register({ groups: ['L-1'], resourceTypes: licensed });
        const token = await accessToken((body as { id: string }).id, scope);

        const statuses: (readonly [string, number])[] = [];
        for (const type of ['Condition', 'Goal', 'Patient']) {
          const { status } = await fhir(token, `Group/L-1/$export?_type=${type}`);
          statuses.push([type, status]);
        }

        expect(statuses).toStrictEqual(
          ['Condition', 'Goal', 'Patient'].map((type) => [type, both.includes(type) ? 202 : 403]),
        );
      },
    );

    it('say what a licence without Group or Patient keeps an app from, at registration and later', async () => {
      const { body } = await register({ allGroups: true, resourceTypes: ['Goal'] });
      const { id, notes } = body as { id: string; notes: readonly string[] };
      const changed = await admin('put', `apps/${id}/licence`, {
        groups: ['L-1'],
        allResourceTypes: true,
      });

      expect(notes.join(' ')).toMatch(/leaves out Group.*leaves out Patient/);
      expect((changed.body as { notes: unknown }).notes).toStrictEqual([]);
    });

    it('"A group that is not licensed answers as if it did not exist": search, read, kick-off', async () => {
      const { body } = await register({ groups: ['L-1'] });
      const token = await accessToken((body as { id: string }).id);

      for (const path of ['Group/%', 'Group/%/$export']) {
        const foreign = await fhir(token, path.replace('%', 'L-2'));
        const missing = await fhir(token, path.replace('%', 'L-9'));
        expect([foreign.status, foreign.text]).toStrictEqual([404, missing.text]);
      }
      const { body: found } = await fhir(token, 'Group?member=Patient/p1');
      expect(found).toMatchObject({ total: 1, entry: [{ resource: { id: 'L-1' } }] });
    });

    it('"A group that is not licensed answers as if it did not exist": status and files of an export that was started before; it can still be deleted', async () => {
      await register({ id: 'leaving', groups: ['L-1'] });
      const token = await accessToken('leaving');
      const statusUrl = await kickOff(service, 'Group/L-1/$export?_type=Patient', token);
      const [file] = (await manifestOf(service, statusUrl, token)).output;
      const ask = async (url = ''): Promise<number> =>
        (await request(url).get('').auth(token, { type: 'bearer' })).status;
      expect(await ask(file?.url)).toBe(200);

      await admin('put', 'apps/leaving/licence', { groups: ['L-2'], allResourceTypes: true });

      expect([await ask(statusUrl), await ask(file?.url)]).toStrictEqual([404, 404]);
      await request(statusUrl).delete('').auth(token, { type: 'bearer' }).expect(202);
    });

    it('shows no segment to an app that is not licensed for it, by its member neither', async () => {
      await admin('post', 'groups', { id: 'L-S', name: 'All', criteria: { everyone: true } });
      const token = await accessToken(
        ((await register({ groups: ['L-1'] })).body as { id: string }).id,
      );

      expect((await fhir(token, 'Group?member=Patient/p1')).body).toMatchObject({ total: 1 });
      expect((await fhir(token, 'Group/L-S')).status).toBe(404);
      expect((await fhir(token, 'Group/L-S/$export')).status).toBe(404);
    });

    it('narrows and widens at once, for tokens that are in use too', async () => {
      await register({ id: 'moving', groups: ['L-1'] });
      const token = await accessToken('moving');

      const license = { groups: ['L-2'], resourceTypes: ['Group'] };
      const { body } = await admin('put', 'apps/moving/licence', license);

      expect(body).toMatchObject({ allGroups: false, ...license });
      expect((await fhir(token, 'Group/L-1')).status).toBe(404);
      expect((await fhir(token, 'Group/L-2')).status).toBe(200);
      expect((await fhir(token, 'Group/L-2/$export?_type=Patient')).status).toBe(403);
    });

    it('licenses an app to write, and withdraws it at once when a new licence does not say so', async () => {
      const { body: app } = await register({ groups: [], feeds: ['main-ehr'], fhirWrites: true });
      const { id } = app as { id: string };

      const { status, body } = await admin('put', `apps/${id}/licence`, {
        ...{ groups: ['L-1'], allResourceTypes: true },
      });

      expect(app).toMatchObject({ groups: [], feeds: ['main-ehr'], fhirWrites: true });
      expect([status, body]).toMatchObject([
        200,
        { groups: ['L-1'], allFeeds: false, feeds: [], fhirWrites: false },
      ]);
    });

    it.each([
      [{}, 'groups'],
      [{ groups: ['L-1'], allResourceTypes: true, feeds: ['a'], allFeeds: true }, 'feeds'],
      [{ groups: ['L-1'], allResourceTypes: true, feeds: ['A B'] }, 'feeds'],
      [{ groups: ['L-1'], resourceTypes: ['Group'], feeds: ['a'] }, 'feeds'],
      [{ groups: ['L-1'], allResourceTypes: true, fhirWrites: null }, 'fhirWrites'],
      [{ groups: null, allResourceTypes: true }, 'groups'],
      [{ groups: ['L-1'], allGroups: true, allResourceTypes: true }, 'groups'],
      [{ allGroups: false, allResourceTypes: true }, 'allGroups'],
      [{ groups: ['L-1'] }, 'resourceTypes'],
      [{ groups: ['L-1'], resourceTypes: null }, 'resourceTypes'],
      [{ groups: [], allResourceTypes: true }, 'groups'],
    ])('refuses the licence %j: nothing widens by being left out', async (licence, field) => {
      await register({ id: 'fixed', groups: ['L-1'], resourceTypes: ['Group'] });

      expectFault(await admin('put', 'apps/fixed/licence', licence), 400, field);
      expect((await admin('get', 'apps/fixed')).body).toMatchObject({ groups: ['L-1'] });
    });
  });

  describe('weights', () => {
    it('changes the weight of an app, on record; it is 1 before', async () => {
      await register({ id: 'weighty', groups: ['L-1'] });
      const before = await admin('get', 'apps/weighty');

      const after = await admin('put', 'apps/weighty/weight', { weight: 3 });

      expect(before.body).toMatchObject({ weight: 1 });
      expect(after.body).toMatchObject({ id: 'weighty', weight: 3 });
      const [event] = await service.dataSource.query<{ actor: string; detail: object }[]>(
        `select actor, detail from audit.event where action = 'app.weighted' and app_id = 'weighty'`,
      );
      expect(event).toStrictEqual({ actor: 'operator', detail: { weight: 3 } });
    });

    it.each([0, 101, 1.5, '3', null])('refuses the weight %j', async (weight) => {
      await register({ id: 'unweighed', groups: ['L-1'] });

      expectFault(await admin('put', 'apps/unweighed/weight', { weight }), 400, 'weight');
    });

    it('answers 404 for an app that does not exist', async () => {
      expect((await admin('put', 'apps/nobody/weight', { weight: 3 })).status).toBe(404);
    });
  });

  describe('limits', () => {
    const limited = async (body: object): Promise<Answer> => {
      await register({ id: 'limited', allGroups: true });
      return admin('put', 'apps/limited/limits', body);
    };

    it('changes the limits of an app, on record', async () => {
      const set = await limited({ running: 1, queued: 0 });

      expect(set.body).toMatchObject({ id: 'limited', limits: { running: 1, queued: 0 } });
      const [event] = await service.dataSource.query<{ detail: object }[]>(
        `select detail, actor from audit.event where action = 'app.limited'`,
      );
      expect(event).toStrictEqual({ actor: 'operator', detail: { running: 1, queued: 0 } });
    });

    it('goes back to the settings for what is left out', async () => {
      await limited({ running: 1, queued: 0 });

      expect((await limited({})).body).toMatchObject({ limits: {} });
      expect((await limited({ queued: 2 })).body).toMatchObject({ limits: { queued: 2 } });
    });

    it.each([
      [{ running: 0 }, ['running']],
      [{ running: 1.5, queued: 1 }, ['running']],
      [{ queued: -1 }, ['queued']],
      [{ running: 1001, queued: 1001 }, ['running', 'queued']],
      [{ running: null }, ['running']],
      [{ waiting: 1 }, ['waiting']],
    ])('refuses the limits %j', async (body, fields) => {
      expectFault(await limited(body), 400, ...fields);
    });
  });

  describe('groups', () => {
    const SEGMENT = { and: [{ everyone: true }, { not: { deceased: true } }] };

    it('"Patient list (members one by one, inactive flag and period honoured)", with a preview that counts', async () => {
      const created = await admin('post', 'groups', {
        id: 'PL',
        name: 'List',
        identifiers: [{ system: 'urn:lists', value: '7' }],
        characteristics: [{ code: { code: 'smoker' }, valueBoolean: true }],
      });
      await admin('put', 'groups/PL/members', { patients: ['p1', 'Patient/p2'] });
      await admin('put', 'groups/PL/members', { patients: ['p2'], inactive: true });
      const added = await admin('put', 'groups/PL/members', {
        patients: ['p3'],
        periodStart: '2020-01-01',
        periodEnd: '2020-12-31',
      });

      expect([created.status, created.body]).toMatchObject([
        201,
        { id: 'PL', source: 'patient-list', members: 0 },
      ]);
      expect(added.body).toStrictEqual({ added: 1, changed: 0, unchanged: 0, unknown: 0 });
      expect((await admin('get', 'groups/PL/preview')).body).toMatchObject({ count: 1 });
      expect((await admin('get', 'groups/PL')).body).toMatchObject({ members: 3, active: 1 });
      const removed = await admin('delete', 'groups/PL/members', { patients: ['p1', 'p9'] });
      expect(removed.body).toStrictEqual({ removed: 1 });
    });

    it('"segment (criteria kept as data)", with a preview that counts members and stores nothing', async () => {
      const before = (await admin('get', 'groups')).body as readonly object[];
      const preview = await admin('post', 'groups/preview', { criteria: SEGMENT });
      const after = (await admin('get', 'groups')).body as readonly object[];
      const created = await admin('post', 'groups', { id: 'SG', name: 'S', criteria: SEGMENT });

      expect([preview.status, preview.body]).toMatchObject([200, { count: 3 }]);
      expect(after).toStrictEqual(before);
      expect(created.body).toMatchObject({ source: 'segment', criteria: SEGMENT });
      expect(created.body).not.toHaveProperty('members');
      expect((await admin('get', 'groups/SG/preview')).body).toMatchObject({ count: 3 });
    });

    it('changes attributes and criteria as new versions, and nothing when nothing is new', async () => {
      await admin('post', 'groups', { id: 'CH', name: 'Before', criteria: SEGMENT });

      const renamed = await admin('patch', 'groups/CH', { name: 'After' });
      const again = await admin('patch', 'groups/CH', { name: 'After', criteria: SEGMENT });
      const turned = await admin('patch', 'groups/CH', { criteria: { age: { min: 18 } } });

      expect(renamed.body).toMatchObject({ name: 'After', version: '2', criteria: SEGMENT });
      expect(again.body).toMatchObject({ version: '2' });
      expect(turned.body).toMatchObject({ name: 'After', version: '3' });
      expect((await admin('get', 'groups/CH/preview')).body).toMatchObject({ count: 0 });
    });

    it.each([
      ['post groups', { id: 'X', name: '' }, 400, 'name'],
      ['post groups', { id: 'X', name: null }, 400, 'name'],
      ['post groups', { id: 'X', name: 'n', members: [] }, 400, 'members'],
      [
        'post groups',
        { id: 'X', name: 'n', identifiers: [{ value: 1 }] },
        400,
        'identifiers[0].value',
      ],
      [
        'post groups',
        { id: 'X', name: 'n', characteristics: [{ code: { code: 'c' } }] },
        400,
        'characteristics[0].valueCode',
      ],
      ['post groups', { id: 'X', name: 'n', criteria: null }, 400, 'criteria'],
      ['post groups', { id: 'X', name: 'n', criteria: { age: {} } }, 400, 'criteria.age'],
      ['post groups', { id: 'X', name: 'n', criteria: { deceased: false } }, 400, 'criteria'],
      ['post groups/preview', { criteria: { sex: 'f' } }, 400, 'criteria.sex'],
      ['put groups/L-1/members', { patients: [] }, 400, 'patients'],
      ['put groups/L-1/members', { patients: ['p1'], periodStart: '1.1.2026' }, 400, 'periodStart'],
      [
        'put groups/L-1/members',
        { patients: ['p1'], periodStart: '2026-02-01', periodEnd: '2026-01-01' },
        400,
        'periodEnd',
      ],
      ['put groups/L-1/members', { patients: ['p1', 'nobody'] }, 422, 'patients'],
    ])('answers %s with %j by %i, naming %s', async (asked, body, status, field) => {
      const [method, path = ''] = asked.split(' ');

      const answer = await admin(method as Method, path, body);

      expect(answer.status).toBe(status);
      const [issue] = (answer.body as { issue: { expression: string[] }[] }).issue;
      expect(issue?.expression).toContain(field);
    });

    it('says which source a change is for', async () => {
      await admin('post', 'groups', { id: 'KIND', name: 'S', criteria: SEGMENT });

      const adding = await admin('put', 'groups/KIND/members', { patients: ['p1'] });
      const criteria = await admin('patch', 'groups/L-1', { criteria: SEGMENT });

      expectFault(adding, 409);
      expect(adding.text).toContain('its members follow from its criteria');
      expectFault(criteria, 409);
      expect(criteria.text).toContain('it has members, no criteria');
    });

    it('takes ten thousand patients in one request, and refuses one more', async () => {
      await admin('post', 'groups', { id: 'BIG', name: 'Big' });
      const patients = Array.from({ length: 10_000 }, (_, n) => `${'x'.repeat(58)}-${10_000 + n}`);

      const added = await admin('put', 'groups/BIG/members', { patients, allowUnknown: true });
      const more = await admin('put', 'groups/BIG/members', { patients: [...patients, 'one'] });

      expect(added.body).toMatchObject({ added: 10_000, unknown: 10_000 });
      expectFault(more, 400, 'patients');
    });

    it('deletes a group', async () => {
      await admin('post', 'groups', { id: 'END', name: 'End' });

      expect((await admin('delete', 'groups/END')).status).toBe(204);
      expectFault(await admin('get', 'groups/END'), 404);
    });
  });
});
