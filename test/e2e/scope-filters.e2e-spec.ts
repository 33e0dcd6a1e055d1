import { decodeJwt } from 'jose';
import request, { type Response } from 'supertest';

import { deletedIn } from '../support/deletions';
import { download, kickOff, type Manifest, manifestOf } from '../support/export';
import {
  deleteResource,
  given,
  type GivenApp,
  idsOf,
  startGivenApp,
  to,
} from '../support/given-app';
import { patientLists } from '../support/groups';
import { type RegisteredApp, registerApp } from '../support/registered-app';
import type { Given } from '../support/truth';

const CATEGORY = 'http://terminology.hl7.org/CodeSystem/observation-category';
const LAB = `category=${CATEGORY}|laboratory`;
const VITAL = `category=${CATEGORY}|vital-signs`;
const BASIS = 'system/Group.rs system/Patient.rs';

const observation = (id: string, category: string, status: string, patient = 'p'): Given =>
  given('Observation', id, {
    status,
    category: [{ coding: [{ system: CATEGORY, code: category }] }],
    subject: to('Patient', patient),
  });
const provenance = (id: string, type: string, target: string): Given =>
  given('Provenance', id, { target: [to(type, target)] });

describe('Scopes with a search', () => {
  let app: GivenApp;

  beforeAll(async () => {
    app = await startGivenApp(
      [
        given('Patient', 'p'),
        given('Patient', 'stranger'),
        observation('lab', 'laboratory', 'final'),
        observation('lab-draft', 'laboratory', 'preliminary'),
        observation('vital', 'vital-signs', 'final'),
        observation('other', 'survey', 'final'),
        observation('lab-of-stranger', 'laboratory', 'final', 'stranger'),
        given('Goal', 'goal', { subject: to('Patient', 'p') }),
        given('DocumentReference', 'doc', {
          status: 'current',
          subject: to('Patient', 'p'),
          content: [{ attachment: { url: 'Binary/content' } }],
        }),
        given('Binary', 'content', { contentType: 'text/plain', data: 'aGk=' }),
        provenance('of-lab', 'Observation', 'lab'),
        provenance('of-other', 'Observation', 'other'),
        provenance('of-goal', 'Goal', 'goal'),
      ],
      { g: ['p'] },
    );
  });

  afterAll(() => app.close());

  const exported = async (
    scope: string,
    path = 'Group/g/$export',
  ): Promise<Readonly<Record<string, readonly string[]>>> => {
    const lines = await app.exported(path, await app.client.token(`${BASIS} ${scope}`));
    return Object.fromEntries([...lines].map(([type, all]) => [type, idsOf(all)]));
  };
  const run = async (
    path: string,
    scope: string,
  ): Promise<{ statusUrl: string; manifest: Manifest; token: string }> => {
    const token = await app.client.token(`${BASIS} ${scope}`);
    const statusUrl = await kickOff(app, path, token);
    return { statusUrl, manifest: await manifestOf(app, statusUrl, token), token };
  };
  const narrowedTo = async (
    patient: string,
    scope: string,
  ): Promise<{ manifest: Manifest; token: string }> => {
    const token = await app.client.token(`${BASIS} ${scope}`);
    const answer = await request(app.url)
      .post('/fhir/Group/g/$export')
      .auth(token, { type: 'bearer' })
      .type('application/fhir+json')
      .send({
        resourceType: 'Parameters',
        parameter: [{ name: 'patient', valueReference: to('Patient', patient) }],
      });
    const statusUrl = answer.headers['content-location'] as string;
    return { manifest: await manifestOf(app, statusUrl, token), token };
  };
  /** What a token is answered at a manifest's files. */
  const visitAll = async (urls: readonly string[], scope: string): Promise<readonly number[]> => {
    const token = await app.client.token(`${BASIS} ${scope}`);
    return Promise.all(urls.map(async (url) => (await get(new URL(url).pathname, token)).status));
  };
  const get = (path: string, token: string): Promise<Response> =>
    request(app.url)
      .get(path)
      .auth(token, { type: 'bearer' })
      .then((answer) => answer);

  it('restrict the rows of their type, and of no other (SC-02, SC-05, SC-10, SEC-07)', async () => {
    expect(await exported(`system/Observation.rs?${LAB} system/Goal.rs`)).toStrictEqual({
      Goal: ['goal'],
      Group: ['g'],
      Observation: ['lab', 'lab-draft'],
      Patient: ['p'],
    });
  });

  it('are alternatives, all criteria of each of which must be met (SC-06)', async () => {
    const { Observation } = await exported(
      `system/Observation.rs?${LAB}&status=final system/Observation.rs?${VITAL}`,
    );

    expect(Observation).toStrictEqual(['lab', 'vital']);
  });

  it('yield to a scope without one (SC-06)', async () => {
    const { Observation } = await exported(`system/Observation.rs?${LAB} system/Observation.rs`);

    expect(Observation).toStrictEqual(['lab', 'lab-draft', 'other', 'vital']);
  });

  it('cannot be lifted by _typeFilter, which narrows further (SC-06, PR-74)', async () => {
    const scope = `system/Observation.rs?${LAB}`;
    const filter = (query: string): string =>
      `Group/g/$export?_typeFilter=${encodeURIComponent(`Observation?${query}`)}`;

    expect((await exported(scope, filter('status=final')))['Observation']).toStrictEqual(['lab']);
    expect(await exported(scope, filter(VITAL))).not.toHaveProperty('Observation');
  });

  it('of all types count for the types that have the parameter (SC-05)', async () => {
    expect(await exported(`system/*.rs?${LAB}`)).toStrictEqual({
      Group: ['g'],
      Observation: ['lab', 'lab-draft'],
      Patient: ['p'],
    });
  });

  it('do not let Provenance tell of what they hide (SEC-07, PM-03)', async () => {
    const all = await exported('system/Observation.rs system/Goal.rs system/Provenance.rs');
    const scope = `system/Observation.rs?${LAB} system/Goal.rs system/Provenance.rs`;
    const tied =
      'Group/g/$export?_type=Observation,Goal&includeAssociatedData=RelevantProvenanceResources';

    expect(all['Provenance']).toStrictEqual(['of-goal', 'of-lab', 'of-other']);
    expect((await exported(scope))['Provenance']).toStrictEqual(['of-goal']);
    expect((await exported(scope, tied))['Provenance']).toStrictEqual(['of-goal', 'of-lab']);
  });

  it.each([
    ['_elements, which leaves out what is searched', '_elements=status'],
    ['blocks of patients', 'organizeOutputBy=Patient'],
    ['_since, before everything', '_since=2000-01-01T00:00:00Z'],
    ['patient', 'patient'],
  ])('hold whatever else is asked: %s (SC-05, SEC-07)', async (_, query) => {
    const scope = `system/Observation.rs?${LAB} system/Goal.rs`;
    const { manifest, token } = await (query === 'patient'
      ? narrowedTo('p', scope)
      : run(`Group/g/$export?${query}`, scope));

    const texts = await Promise.all(manifest.output.map(({ url }) => download(url, token)));
    const ids = texts.join('').match(/(?<="resourceType":"Observation","id":")[a-z-]+/g);
    expect(ids?.sort()).toStrictEqual(['lab', 'lab-draft']);
  });

  it('hold for a whole system, of which Provenance tells no more than of others (SEC-07, PM-03)', async () => {
    const all = await exported(
      'system/Observation.rs system/Goal.rs system/Provenance.rs',
      '$export',
    );
    const some = await exported(
      `system/Observation.rs?${LAB} system/Goal.rs system/Provenance.rs`,
      '$export',
    );

    expect(all['Provenance']).toStrictEqual(['of-goal', 'of-lab', 'of-other']);
    expect(some['Observation']).toStrictEqual(['lab', 'lab-draft', 'lab-of-stranger']);
    expect(some['Provenance']).toStrictEqual(['of-goal']);
  });

  it('of Patient let the Group name and count nobody whom they hide (SEC-07)', async () => {
    await app.load([
      given('Patient', 'w', { gender: 'female' }),
      given('Patient', 'm', { gender: 'male' }),
    ]);
    const criteria = { or: [{ gender: ['female', 'male'] }] };
    await patientLists(app).create({ id: 'both', name: 'Both' });
    await patientLists(app).add('both', ['w', 'm', 'unknown'], { allowUnknown: true });
    await patientLists(app).create({ id: 'either', name: 'Either', criteria });
    const groupIn = async (path: string, scope: string): Promise<unknown> => {
      const lines = await app.exported(path, await app.client.token(scope));
      return JSON.parse(lines.get('Group')?.[0] ?? '{}');
    };

    for (const id of ['both', 'either']) {
      const path = `Group/${id}/$export`;
      const narrowed = await groupIn(
        path,
        'system/Group.rs system/Patient.rs?gender=female&_id=w,m',
      );
      const filter = `?_typeFilter=${encodeURIComponent('Patient?gender=female')}`;
      const whole = await groupIn(`${path}${filter}`, 'system/Group.rs system/Patient.rs');

      expect(narrowed).toMatchObject({
        meta: { tag: [{ code: 'SUBSETTED' }] },
        quantity: 1,
        member: [{ entity: { reference: 'Patient/w' } }],
      });
      expect(whole).toMatchObject({ quantity: id === 'both' ? 3 : 2 });
      expect(JSON.stringify(whole)).not.toContain('SUBSETTED');
    }
  });

  it('do not cover a type that is named without a scope (SC-08)', async () => {
    const token = await app.client.token(`${BASIS} system/Observation.rs?${LAB}`);

    const answer = await get('/fhir/Group/g/$export?_type=Goal', token);

    expect([answer.status, answer.body]).toMatchObject([403, { resourceType: 'OperationOutcome' }]);
  });

  it('let status and files go to tokens that cover as much, and to no others (SEC-04, FR-05)', async () => {
    const scope = (filter: string): Promise<string> =>
      app.client.token(`${BASIS} system/Observation.rs${filter}`);
    const token = await scope(`?${LAB}`);
    const statusUrl = await kickOff(app, 'Group/g/$export', token);
    const { output } = await manifestOf(app, statusUrl, token);
    const file = output.find(({ type }) => type === 'Observation')?.url ?? '';
    const visit = async (other: string): Promise<readonly number[]> =>
      Promise.all(
        [statusUrl, file].map(async (url) => (await get(url.replace(app.url, ''), other)).status),
      );

    expect(await visit(await scope(`?${LAB}`))).toStrictEqual([200, 200]);
    expect(await visit(await scope(''))).toStrictEqual([200, 200]);
    expect(await visit(await scope(`?${LAB}&status=final`))).toStrictEqual([403, 403]);
    expect(await visit(await scope(`?${VITAL}`))).toStrictEqual([403, 403]);
    expect(await visit(await app.client.token(BASIS))).toStrictEqual([403, 403]);
  });

  it('never cover the files of an export that was started without them (SEC-04)', async () => {
    const token = await app.client.token(`${BASIS} system/Observation.rs`);
    const statusUrl = await kickOff(app, 'Group/g/$export', token);
    const { output } = await manifestOf(app, statusUrl, token);
    const narrow = await app.client.token(`${BASIS} system/Observation.rs?${LAB}`);

    const answers = await Promise.all(
      [statusUrl, ...output.map(({ url }) => url)].map((url) =>
        get(url.replace(app.url, ''), narrow),
      ),
    );

    const types = ['status', ...output.map(({ type }) => type)];
    expect(types.filter((_, index) => answers[index]?.status !== 200).sort()).toStrictEqual([
      'Observation',
      'status',
    ]);
  });

  it('do not cover Provenance, deletions or blocks that tell of more than they do (SEC-04, FR-05)', async () => {
    const wide = 'system/Observation.rs system/Provenance.rs';
    const narrow = `system/Observation.rs?${LAB} system/Provenance.rs`;
    const byType = await run('Group/g/$export', wide);
    const blocks = await run('Group/g/$export?organizeOutputBy=Patient', wide);
    const provenance = byType.manifest.output.filter(({ type }) => type === 'Provenance');
    const urls = [...provenance, ...blocks.manifest.output].map(({ url }) => url);

    expect(urls).toHaveLength(2);
    expect(await visitAll(urls, wide)).toStrictEqual([200, 200]);
    expect(await visitAll(urls, narrow)).toStrictEqual([403, 403]);
  });

  it('open no attachments, for which document has led there is not recorded (SEC-07, DT-09)', async () => {
    const narrow = await app.client.token('system/DocumentReference.rs?status=current');
    const wide = await app.client.token('system/DocumentReference.rs');

    expect((await get('/fhir/Binary/content', narrow)).status).toBe(403);
    expect((await get('/fhir/Binary/content', wide)).status).toBe(200);
  });

  it('give no groups to read, and no patients along with them (SEC-07)', async () => {
    const wildcard = await app.client.token('system/*.rs?_tag=x');
    const filtered = await app.client.token('system/Group.rs system/Patient.rs?gender=female');

    expect((await get('/fhir/Group', wildcard)).status).toBe(403);
    expect((await get('/fhir/Group/g', wildcard)).status).toBe(403);
    const included = await get('/fhir/Group?_include=Group:member', filtered);
    expect(included.status).toBe(200);
    expect(included.text).not.toContain('"resourceType":"Patient"');
  });

  it('are told to the client as asked (TK-01, TK-07, SC-03)', async () => {
    const scope = `system/Observation.rs?${LAB} system/Observation.rs?status=final%2Camended`;
    const token = await app.client.token(scope);

    expect(decodeJwt(token)).toMatchObject({ scope });
  });

  it('are recorded without their values (TK-01)', async () => {
    const rows = await app.dataSource.query<{ scope: string }[]>(
      `select detail ->> 'scope' as scope from audit.event
       where action = 'token.issued' and detail ->> 'scope' like '%?gender'`,
    );

    expect(rows).toStrictEqual([{ scope: 'system/Group.rs system/Patient.rs?gender' }]);
  });

  describe('of single resources', () => {
    let groupApp: RegisteredApp;

    beforeAll(async () => {
      groupApp = await registerApp(app, { groups: ['g', 'none'] });
      await app.load([
        given('Practitioner', 'writer'),
        given('Practitioner', 'unknown-to-p'),
        given('Encounter', 'visit', {
          subject: to('Patient', 'p'),
          participant: [{ individual: to('Practitioner', 'writer') }],
        }),
        given('Encounter', 'other-visit', {
          subject: to('Patient', 'stranger'),
          participant: [{ individual: to('Practitioner', 'unknown-to-p') }],
        }),
        provenance('of-stranger', 'Observation', 'lab-of-stranger'),
        given('Goal', 'moved', { subject: to('Patient', 'p') }),
        given('Goal', 'gone', { subject: to('Patient', 'p') }),
      ]);
      await app.load([given('Goal', 'moved', { subject: to('Patient', 'stranger') })]);
      await deleteResource(app, 'Goal', 'gone');
    });

    const read = async (path: string, scope = 'system/*.rs'): Promise<Response> =>
      get(`/fhir/${path}`, await groupApp.token(scope));

    it.each([
      ['of a member', 'Observation/lab'],
      ['of a member, in its latest version', 'Observation/lab/_history/1'],
      ['that is a member', 'Patient/p'],
      ['of nobody, that a member’s leads to', 'Practitioner/writer'],
      ['about a member’s', 'Provenance/of-lab'],
    ])('give one %s, as an export does (SEC-12)', async (_, path) => {
      const answer = await read(path);

      expect([answer.status, answer.headers]).toMatchObject([
        200,
        { etag: 'W/"1"', 'content-type': 'application/fhir+json; charset=utf-8' },
      ]);
      expect(answer.headers['last-modified']).toBeDefined();
      expect(answer.body).toMatchObject({ id: path.split('/')[1] });
    });

    it.each([
      ['of somebody else', 'Observation/lab-of-stranger'],
      ['that is somebody else', 'Patient/stranger'],
      ['of nobody, that only somebody else’s leads to', 'Practitioner/unknown-to-p'],
      ['about somebody else’s', 'Provenance/of-stranger'],
      ['that has moved to somebody else', 'Goal/moved'],
      ['that has moved, in the version before', 'Goal/moved/_history/1'],
      ['that was deleted', 'Goal/gone'],
      ['that was deleted, in the version before', 'Goal/gone/_history/1'],
      ['in a version that there is not', 'Observation/lab/_history/2'],
      ['whose id is none', 'Observation/la%27b'],
    ])('say of one %s what they say of none (SEC-12)', async (_, path) => {
      const [answer, none] = [await read(path), await read('Goal/never-was')];

      expect([answer.status, answer.body, answer.headers['etag']]).toStrictEqual([
        404,
        none.body,
        undefined,
      ]);
    });

    it.each([
      ['lab', 200],
      ['other', 404],
      ['lab-of-stranger', 404],
    ])('restrict it as an export: %s is %i (SC-05, SEC-07)', async (id, status) => {
      expect((await read(`Observation/${id}`, `system/Observation.rs?${LAB}`)).status).toBe(status);
    });

    it('do not let Provenance tell of what they hide (SEC-07, PM-03)', async () => {
      const scope = `system/Observation.rs?${LAB} system/Goal.rs system/Provenance.rs`;
      const statuses = await Promise.all(
        ['of-goal', 'of-lab', 'of-other'].map(
          async (id) => (await read(`Provenance/${id}`, scope)).status,
        ),
      );

      expect(statuses).toStrictEqual([200, 404, 404]);
    });

    it('refuse a type that they do not cover, whether there is such a resource or not (SC-05)', async () => {
      const answers = await Promise.all(
        ['goal', 'never-was'].map((id) => read(`Goal/${id}`, 'system/Patient.rs')),
      );

      expect(answers.map(({ status }) => status)).toStrictEqual([403, 403]);
      expect(answers[0]?.body).toStrictEqual(answers[1]?.body);
    });

    it('give an app that is licensed for everybody what belongs to anybody', async () => {
      expect((await get('/fhir/Patient/stranger', app.token)).status).toBe(200);
      expect((await get('/fhir/Practitioner/unknown-to-p', app.token)).status).toBe(200);
    });

    it('answer 304 to clients who have the version, and HEAD without a body', async () => {
      const token = await groupApp.token();
      const ask = (method: 'get' | 'head', tag: string): request.Test =>
        request(app.url)
          [method]('/fhir/Observation/lab')
          .auth(token, { type: 'bearer' })
          .set('If-None-Match', tag);

      const known = await ask('get', 'W/"7", W/"1"').expect(304);
      const head = await ask('head', 'W/"7"').expect(200);

      expect([known.text, known.headers['etag']]).toStrictEqual(['', 'W/"1"']);
      expect([head.text, head.headers['etag']]).toStrictEqual([undefined, 'W/"1"']);
    });

    it.each([
      ['Observation/lab?_format=xml', 406, 'Accept'],
      ['Observation/lab?_elements=status', 400, 'url'],
    ])('refuse %s: %i that names %s', async (path, status, expression) => {
      const answer = await read(path, 'system/Observation.rs');

      expect([answer.status, answer.body]).toMatchObject([
        status,
        status === 406 ? {} : { issue: [{ expression: [expression] }] },
      ]);
    });

    it('put it on record', async () => {
      await read('Observation/lab');

      const rows = await app.dataSource.query<unknown[]>(
        `select app_id, outcome, detail from audit.event where action = 'resource.read'
         order by id desc limit 1`,
      );
      expect(rows).toStrictEqual([
        { app_id: groupApp.id, outcome: 'success', detail: { type: 'Observation', id: 'lab' } },
      ]);
    });
  });

  // The last test: it takes resources away from the others.
  it('hide deletions of what they hide (SEC-07, DE-05)', async () => {
    const since = (await run('Group/g/$export?_type=Patient', '')).manifest.transactionTime;
    await deleteResource(app, 'Observation', 'other');
    await deleteResource(app, 'Observation', 'lab-draft');
    await deleteResource(app, 'Provenance', 'of-other');
    await deleteResource(app, 'Provenance', 'of-lab');
    await deleteResource(app, 'Provenance', 'of-goal');
    const deletedFor = async (path: string, observations: string): Promise<readonly string[]> => {
      const scope = `${observations} system/Goal.rs system/Provenance.rs`;
      const { manifest, token } = await run(`${path}?_since=${since}`, scope);
      return deletedIn(manifest, token);
    };

    for (const path of ['Group/g/$export', '$export']) {
      expect(await deletedFor(path, 'system/Observation.rs')).toHaveLength(5);
      expect(await deletedFor(path, `system/Observation.rs?${LAB}`)).toStrictEqual([
        'Observation/lab-draft',
        'Provenance/of-goal',
      ]);
    }
  });
});
