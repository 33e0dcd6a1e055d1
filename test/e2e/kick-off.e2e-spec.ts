import request, { type Response } from 'supertest';

import { AppRegistry } from '../../src/auth';
import { download, manifestOf } from '../support/export';
import { given, type GivenApp, idsOf, startGivenApp, to } from '../support/given-app';
import { registerApp } from '../support/registered-app';

interface Asked {
  readonly path: string;
  readonly prefer?: string;
  readonly token?: string;
  /** Of a POST: parameters. */
  readonly body?: readonly object[];
}

interface Issue {
  readonly severity: string;
  readonly code: string;
  readonly diagnostics: string;
  readonly expression?: readonly string[];
}

const INPUT = [
  given('Patient', 'in'),
  given('Patient', 'also-in'),
  given('Patient', 'out'),
  given('Goal', 'goal-in', { subject: to('Patient', 'in') }),
  given('Goal', 'goal-also-in', { subject: to('Patient', 'also-in') }),
  given('Goal', 'goal-out', { subject: to('Patient', 'out') }),
];

describe('Kick-off', () => {
  let service: GivenApp;

  beforeAll(async () => {
    service = await startGivenApp(INPUT, { G: ['in', 'also-in'], EMPTY: [] });
  });

  afterAll(() => service.close());

  const ask = ({ path, prefer = 'respond-async', token, body }: Asked): Promise<Response> => {
    const agent = request(service.url);
    const asked = body ? agent.post(`/fhir/${path}`) : agent.get(`/fhir/${path}`);
    void asked.auth(token ?? service.token, { type: 'bearer' }).set('Prefer', prefer);
    if (!body) return asked;
    const parameters = { resourceType: 'Parameters', parameter: body };
    return asked.set('Content-Type', 'application/fhir+json').send(JSON.stringify(parameters));
  };
  const issuesOf = (answer: Response): readonly Issue[] =>
    (answer.body as { issue: readonly Issue[] }).issue;
  const statusUrlOf = (answer: Response): string => {
    expect([answer.status, answer.text]).toStrictEqual([202, '']);
    return answer.headers['content-location'] as string;
  };
  /** What the job keeps of the request. */
  const stored = async (answer: Response): Promise<Readonly<Record<string, unknown>>> => {
    const [row] = await service.dataSource.query<{ parameters: Record<string, unknown> }[]>(
      'select parameters from export.job where id = $1',
      [statusUrlOf(answer).split('/').at(-1)],
    );
    return row?.parameters ?? {};
  };
  const reference = (id: string): object => ({
    name: 'patient',
    valueReference: { reference: `Patient/${id}` },
  });

  describe('at system level', () => {
    it.each(['$export', '%24export'])(
      'takes %s by GET and POST, of apps that are licensed for all groups (KO-01, KO-05, KO-06, KO-14)',
      async (path) => {
        const answers = [
          await ask({ path: `${path}?_type=Practitioner` }),
          await ask({ path, body: [{ name: '_type', valueString: 'Practitioner' }] }),
        ];

        for (const answer of answers) {
          expect(await stored(answer)).toMatchObject({ types: ['Practitioner'] });
        }
        const [{ level = '' } = {}] = await service.dataSource.query<{ level?: string }[]>(
          'select level from export.job order by created_at desc limit 1',
        );
        expect(level).toBe('system');
      },
    );

    it('refuses apps that are licensed for single groups (SEC-12)', async () => {
      const narrow = await registerApp(service, { groups: ['G'] });

      const answer = await ask({ path: '$export', token: await narrow.token() });

      expect(answer.status).toBe(403);
      expect(issuesOf(answer)[0]?.diagnostics).toContain('license the app for all groups');
    });

    it('shrinks to what token and licence cover (SC-11)', async () => {
      const token = await service.client.token('system/Goal.rs system/Device.rs');

      expect(await stored(await ask({ path: '$export', token }))).toMatchObject({
        types: ['Device', 'Goal'],
      });
    });

    it.each(['PUT', 'DELETE'])('answers 405 with Allow to %s', async (method) => {
      const answer = await request(service.url)
        [method.toLowerCase() as 'put']('/fhir/$export')
        .auth(service.token, { type: 'bearer' });

      expect([answer.status, answer.headers['allow']]).toStrictEqual([405, 'GET, POST']);
    });
  });

  describe('of a group, by a token without Group', () => {
    it('leaves the Group out, whether types are named or not (SC-08, SC-11, SEC-12)', async () => {
      const licensed = await registerApp(service, { groups: ['G'] });
      const token = await licensed.token('system/Patient.rs system/Goal.rs');

      for (const query of ['', '?_type=Patient,Goal']) {
        const statusUrl = statusUrlOf(await ask({ path: `Group/G/$export${query}`, token }));
        const { output } = await manifestOf(service, statusUrl, token);

        expect(output.map(({ type }) => type).sort()).toStrictEqual(['Goal', 'Patient']);
      }
      expect((await ask({ path: 'Group/EMPTY/$export', token })).status).toBe(404);
      expect((await ask({ path: 'Group/G', token })).status).toBe(403);
    });

    it('refuses _type=Group as it does other types (SC-08)', async () => {
      const token = await service.client.token('system/Patient.rs');

      const refused = await ask({ path: 'Group/G/$export?_type=Patient,Group', token });

      expect(refused.status).toBe(403);
      expect(issuesOf(refused)[0]).toMatchObject({ code: 'forbidden', expression: ['_type'] });
      expect(refused.text).toContain('Ask for a token with system/Group.rs.');
    });
  });

  describe('refusals for want of a type', () => {
    const REQUESTS: readonly (readonly [type: string, path: string])[] = [
      ['Group', 'Group'],
      ['Group', 'Group/G'],
      ['Group', 'Group/G/$export?_type=Goal,Group'],
      ['Patient', 'Patient/$export'],
      ['Observation', '$export?_type=Observation'],
      ['Provenance', '$export?_type=Goal&includeAssociatedData=LatestProvenanceResources'],
      ['Binary', 'Binary/b'],
    ];

    it.each(REQUESTS)(
      'recommend a scope that is granted and enough: %s for %s (SC-08, TK-04)',
      async (type, path) => {
        const scopes = ['system/Goal.rs'];
        const refused = await ask({ path, token: await service.client.token(scopes.join(' ')) });

        expect(refused.status).toBe(403);
        const [advised = ''] = /system\/\w+\.rs/.exec(refused.text) ?? [];
        expect(advised).toBe(`system/${type}.rs`);
        const token = await service.client.token([...scopes, advised].join(' '));
        expect((await ask({ path, token })).status).not.toBe(403);
      },
    );

    it.each(REQUESTS)(
      'name the licence, and no scope that it would drop: %s for %s (SC-05)',
      async (type, path) => {
        const app = await registerApp(service, { resourceTypes: ['Goal'] });

        const refused = await ask({ path, token: await app.token() });

        expect(refused.status).toBe(403);
        expect(refused.text).toMatch(new RegExp(`licence does not cover [^.]*${type}`));
        expect(refused.text).not.toContain('system/');
      },
    );

    it('spell the scope as the token does (SC-03)', async () => {
      const token = await service.client.token('system/Goal.read');

      const refused = await ask({ path: 'Group/G/$export?_type=Patient', token });

      expect(refused.text).toContain('Ask for a token with system/Patient.read.');
    });

    it('of status and files name a licence that has become narrower (SEC-04, SC-05)', async () => {
      const app = await registerApp(service);
      const token = await app.token();
      const statusUrl = statusUrlOf(await ask({ path: 'Group/G/$export', token }));
      await service.app
        .get(AppRegistry, { strict: false })
        .changeLicence(app.id, { resourceTypes: ['Patient'] });

      const refused = await request(statusUrl).get('').auth(token, { type: 'bearer' });

      expect(refused.status).toBe(403);
      expect(refused.text).toMatch(/licence does not cover [^.]*Goal/);
      expect(refused.text).not.toContain('system/');
    });

    it('of _include name the licence as well (SC-05)', async () => {
      const app = await registerApp(service, { resourceTypes: ['Group'] });

      const found = await ask({ path: 'Group?_include=Group:member', token: await app.token() });

      expect(found.text).toContain('licence does not cover Patient');
      expect(found.text).not.toContain('system/');
    });
  });

  describe('with patient', () => {
    it.each(['Group/G', 'Patient'])(
      'narrows %s/$export to the patients that are named (PR-50)',
      async (level) => {
        const answer = await ask({ path: `${level}/$export`, body: [reference('in')] });

        const statusUrl = statusUrlOf(answer);
        const { output } = await manifestOf(service, statusUrl, service.token);
        const lines = await Promise.all(
          output
            .filter(({ type }) => type !== 'Group')
            .map(({ url }) => download(url, service.token)),
        );
        expect(idsOf(lines.join('').trimEnd().split('\n'))).toStrictEqual(['goal-in', 'in']);
      },
    );

    it.each(['in', 'also-in'])(
      'names %s alone in the Group, and tells nothing of the others (PR-50)',
      async (id) => {
        const answer = await ask({ path: 'Group/G/$export', body: [reference(id)] });

        const { output } = await manifestOf(service, statusUrlOf(answer), service.token);
        const url = output.find(({ type }) => type === 'Group')?.url ?? '';
        expect(JSON.parse(await download(url, service.token))).toMatchObject({
          id: 'G',
          meta: { tag: [{ code: 'SUBSETTED' }] },
          quantity: 1,
          member: [{ entity: { reference: `Patient/${id}` } }],
        });
      },
    );

    it('answers a patient who is not in the group like one whom nobody knows, lenient or not (PR-51, PR-54)', async () => {
      for (const prefer of ['respond-async', 'handling=lenient']) {
        const [outsider, unknown] = await Promise.all(
          ['out', 'nobody'].map((id) =>
            ask({ path: 'Group/G/$export', body: [reference('in'), reference(id)], prefer }),
          ),
        );

        expect(outsider?.status).toBe(404);
        expect(issuesOf(outsider as Response)[0]).toMatchObject({
          code: 'not-found',
          expression: ['patient'],
        });
        expect(outsider?.text).toBe(unknown?.text);
        expect(outsider?.text).not.toContain('nobody');
      }
    });

    it('answers 404 for one whom nobody knows at patient level, and takes one who is in no group (PR-51)', async () => {
      const unknown = await ask({ path: 'Patient/$export', body: [reference('nobody')] });
      const known = await ask({ path: 'Patient/$export', body: [reference('out')] });

      expect(unknown.status).toBe(404);
      expect(await stored(known)).toMatchObject({ patients: ['out'] });
    });
  });

  describe('with _type', () => {
    it.each(['Group/G', 'Patient'])(
      'of types in nobody’s compartment alone is refused at %s; lenient processes it (PR-34, PR-35)',
      async (level) => {
        const path = `${level}/$export?_type=Practitioner,Organization`;

        const strict = await ask({ path });

        expect(strict.status).toBe(400);
        expect(issuesOf(strict)[0]).toMatchObject({
          code: 'not-supported',
          expression: ['_type'],
        });
        expect(await stored(await ask({ path, prefer: 'handling=lenient' }))).toMatchObject({
          types: ['Practitioner', 'Organization'],
        });
      },
    );

    it('beyond the token is refused; lenient drops those types, unless that leaves none (SC-08)', async () => {
      const token = await service.client.token('system/Patient.rs system/Group.rs');
      const lenient = { token, prefer: 'handling=lenient' };

      const strict = await ask({ path: 'Group/G/$export?_type=Patient,Goal', token });
      const some = await ask({ path: 'Group/G/$export?_type=Patient,Goal', ...lenient });
      const none = await ask({ path: 'Group/G/$export?_type=Goal', ...lenient });

      expect([strict.status, none.status]).toStrictEqual([403, 403]);
      expect(await stored(some)).toMatchObject({
        types: ['Patient'],
        ignored: [{ severity: 'warning', code: 'forbidden', expression: ['_type'] }],
      });
    });
  });

  describe('with includeAssociatedData', () => {
    it('adds Provenance that _type leaves out, of the types asked (PM-01, PR-61)', async () => {
      const path = 'Group/G/$export?_type=Goal&includeAssociatedData=LatestProvenanceResources';

      expect(await stored(await ask({ path }))).toMatchObject({
        types: ['Goal', 'Provenance'],
        provenanceOf: ['Goal'],
        provenance: 'latest',
      });
    });

    it('needs a token that covers Provenance; lenient goes without (PM-03)', async () => {
      const token = await service.client.token('system/Goal.rs system/Group.rs');
      const path = 'Group/G/$export?_type=Goal&includeAssociatedData=RelevantProvenanceResources';

      const strict = await ask({ path, token });
      const lenient = await stored(await ask({ path, token, prefer: 'handling=lenient' }));

      expect(strict.status).toBe(403);
      expect(lenient).toMatchObject({ types: ['Goal'], provenanceOf: [] });
      expect(lenient).not.toHaveProperty('provenance');
    });
  });

  it('keeps elements by type: items without a type are for all, types without an item stay whole (PR-42, PR-47)', async () => {
    const types = 'Group/G/$export?_type=Patient,Goal';

    const named = await stored(await ask({ path: `${types}&_elements=Patient.birthDate` }));
    const all = await stored(await ask({ path: `${types}&_elements=birthDate,Goal.target` }));

    expect(named['elements']).toStrictEqual({ Patient: ['birthDate'] });
    expect(all['elements']).toStrictEqual({ Patient: ['birthDate'], Goal: ['target'] });
  });

  it('keeps nothing of a header for sandboxes, which this service is not', async () => {
    const answer = await ask({ path: 'Group/G/$export' }).then(stored);
    const asked = await request(service.url)
      .get('/fhir/Group/G/$export')
      .auth(service.token, { type: 'bearer' })
      .set('X-Sandbox', 'refuse, fail=Patient');

    expect(await stored(asked)).toStrictEqual(answer);
  });

  it('keeps nothing that was not asked for', async () => {
    const parameters = await stored(await ask({ path: 'Group/G/$export?_type=Goal' }));

    expect(parameters).toStrictEqual({ types: ['Goal'], provenanceOf: [] });
  });

  describe('by POST', () => {
    const post = (...body: readonly object[]): Promise<Response> =>
      ask({ path: 'Group/G/$export', body });

    it('takes every parameter in the value type of the standard (EN-02)', async () => {
      const answer = await post(
        { name: '_outputFormat', valueString: 'ndjson' },
        { name: '_since', valueInstant: '2020-01-01T00:00:00Z' },
        { name: '_until', valueInstant: '2021-01-01T00:00:00Z' },
        { name: '_type', valueString: 'Goal' },
        { name: '_type', valueString: 'Patient,Provenance' },
        { name: '_elements', valueString: 'id' },
        reference('in'),
        { name: 'includeAssociatedData', valueCode: 'RelevantProvenanceResources' },
        { name: 'allowPartialManifests', valueBoolean: true },
      );

      expect(await stored(answer)).toStrictEqual({
        types: ['Goal', 'Patient', 'Provenance'],
        provenanceOf: ['Goal', 'Patient'],
        since: '2020-01-01T00:00:00.000000Z',
        until: '2021-01-01T00:00:00.000000Z',
        elements: { Goal: ['id'], Patient: ['id'], Provenance: ['id'] },
        patients: ['in'],
        provenance: 'relevant',
        partialManifests: true,
      });
    });

    it('takes value types that say the same (EN-09)', async () => {
      const answer = await post(
        { name: '_since', valueDateTime: '2020-01-01T00:00:00Z' },
        { name: '_type', valueCode: 'Goal' },
        { name: 'includeAssociatedData', valueString: 'LatestProvenanceResources' },
        { name: 'includeAssociatedData', valueCoding: { code: 'RelevantProvenanceResources' } },
        { name: '_format', valueCode: 'json' },
      );

      expect(await stored(answer)).toMatchObject({ types: ['Goal', 'Provenance'] });
    });

    it.each<[string, object, string]>([
      ['a value of another type', { name: '_type', valueUri: 'Goal' }, 'value'],
      ['two values', { name: '_type', valueString: 'Goal', valueCode: 'Goal' }, 'value'],
      ['no value', { name: '_type' }, 'value'],
      ['an extension', { name: '_type', valueString: 'Goal', extension: [] }, 'value'],
      ['parts', { name: '_type', part: [{ name: 'x', valueString: 'Goal' }] }, 'value'],
      ['a string as patient', { name: 'patient', valueString: 'Patient/in' }, 'value'],
      [
        'a patient by identifier',
        { name: 'patient', valueReference: { identifier: { value: '1' } } },
        'value',
      ],
      [
        'a reference to two things',
        { name: 'patient', valueReference: { reference: 'Patient/in', type: 'Group' } },
        'value',
      ],
      [
        'a reference with more to it',
        { name: 'patient', valueReference: { reference: 'Patient/in', modifierExtension: [] } },
        'structure',
      ],
      [
        'a code of another system',
        {
          name: 'includeAssociatedData',
          valueCoding: { system: 'urn:x', code: 'LatestProvenanceResources' },
        },
        'value',
      ],
      ['a name that every object has', { name: 'constructor', valueString: 'x' }, 'not-supported'],
      ['another such name', { name: '__proto__', valueString: 'x' }, 'not-supported'],
    ])('refuses %s (EN-02, EN-07)', async (_case, entry, code) => {
      const answer = await post(entry);

      expect([answer.status, issuesOf(answer)[0]?.code]).toStrictEqual([400, code]);
    });

    const send = (members: string, contentType = 'application/fhir+json'): request.Test =>
      request(service.url)
        .post('/fhir/Group/G/$export')
        .auth(service.token, { type: 'bearer' })
        .set('Content-Type', contentType)
        .send(`{"resourceType":"Parameters",${members}"parameter":[]}`);

    it.each([
      ['implicitRules', '"implicitRules":"urn:x",'],
      ['modifierExtension', '"text":{},"modifierExtension":[],'],
      ['Parameter', '"Parameter":[],'],
    ])('refuses %s in Parameters, by its name (EN-07)', async (name, members) => {
      const answer = await send(members);

      expect([answer.status, issuesOf(answer)[0]?.code]).toStrictEqual([400, 'structure']);
      expect(issuesOf(answer)[0]?.diagnostics).toContain(`"${name}"`);
    });

    it.each([
      '"text":{"status":"generated","div":"<div xmlns=\\"http://www.w3.org/1999/xhtml\\">x</div>"},',
      '"id":"x","meta":{"profile":["urn:x"]},"language":"de",',
    ])('takes what does not matter in Parameters: %s (EN-07)', async (members) => {
      await send(members).expect(202);
    });

    it.each([
      ['application/fhir+json; fhirVersion=4.0; charset=UTF-8', 202],
      ['application/json;charset="utf-8"', 202],
      ['application/json+fhir', 202],
      ['application/fhir+json; fhirVersion=5.0', 415],
    ])('of a body in %s is answered %d (HD-10)', async (contentType, status) => {
      await send('', contentType).expect(status);
    });

    it('takes a body that begins with a byte order mark', async () => {
      const answer = await request(service.url)
        .post('/fhir/Group/G/$export')
        .auth(service.token, { type: 'bearer' })
        .set('Content-Type', 'application/fhir+json')
        .send(
          '\uFEFF{"resourceType":"Parameters","parameter":[{"name":"_type","valueString":"Goal"}]}',
        );

      expect(await stored(answer)).toMatchObject({ types: ['Goal'] });
    });
  });

  describe('says which preferences it honours (HD-08, KR-06, SX-01, SX-02):', () => {
    it.each<[string, string | undefined]>([
      ['respond-async', 'respond-async'],
      ['respond-async,separate-export-status', 'respond-async, separate-export-status'],
      ['separate-export-status', 'respond-async, separate-export-status'],
      ['Handling="lenient"; x=1, return=minimal', 'handling=lenient'],
      ['return=minimal', undefined],
    ])('%s', async (prefer, expected) => {
      const answer = await ask({ path: 'Group/EMPTY/$export', prefer });

      expect(answer.status).toBe(202);
      expect(answer.headers['preference-applied']).toBe(expected);
    });
  });

  it('tells of each ignored parameter in a file of its own section, and of nothing in output (UN-03, ER-02, ER-04)', async () => {
    const path = 'Group/G/$export?_type=Goal,Nonsense&_foo=1&organizeOutputBy=Goal';
    const statusUrl = statusUrlOf(await ask({ path, prefer: 'respond-async, handling=lenient' }));

    const { output, error } = await manifestOf(service, statusUrl, service.token);

    expect(output.map(({ type }) => type)).toStrictEqual(['Goal']);
    expect(error).toMatchObject([{ type: 'OperationOutcome', count: 3 }]);
    const text = await download(error[0]?.url ?? '', service.token);
    const outcomes = text
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as { resourceType: string; issue: readonly Issue[] });
    expect(outcomes.map(({ resourceType }) => resourceType)).toStrictEqual(
      Array.from({ length: 3 }, () => 'OperationOutcome'),
    );
    expect(
      outcomes.map(({ issue }) => issue.map(({ severity, expression }) => [severity, expression])),
    ).toStrictEqual([
      [['warning', ['_foo']]],
      [['warning', ['_type']]],
      [['warning', ['organizeOutputBy']]],
    ]);
  });

  it('tells of them even where there is nothing to export (UN-03, GR-08)', async () => {
    const path = 'Group/EMPTY/$export?_foo=1';
    const statusUrl = statusUrlOf(await ask({ path, prefer: 'handling=lenient' }));

    const { output, error } = await manifestOf(service, statusUrl, service.token);

    expect([output.length, error.map(({ count }) => count)]).toStrictEqual([0, [1]]);
  });
});
