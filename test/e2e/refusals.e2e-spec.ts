import { importJWK, SignJWT } from 'jose';
import request, { type Response } from 'supertest';

import { generateEcKeys } from '../../libs/keys/src';
import { AuditLog } from '../../src/audit';
import { PatientLists } from '../../src/groups';
import { startTestApp, type TestApp } from '../support/app';
import { kickOff, manifestOf } from '../support/export';
import { rawExchange } from '../support/raw-request';
import { type RegisteredApp, registerApp } from '../support/registered-app';

interface Expected {
  readonly status: number;
  readonly code: string;
  /** What the issue is about. */
  readonly expression?: readonly string[];
  /** Words that the diagnostics must hold. */
  readonly words?: readonly string[];
}

function expectOutcome(answer: Response, expected: Expected): void {
  expect([answer.status, answer.headers['content-type']]).toStrictEqual([
    expected.status,
    'application/fhir+json; charset=utf-8',
  ]);
  const body = answer.body as {
    resourceType: string;
    issue: { severity: string; code: string; diagnostics: string; expression?: string[] }[];
  };
  expect(body.resourceType).toBe('OperationOutcome');
  expect(body.issue).toHaveLength(1);
  const [issue] = body.issue;
  expect(issue?.code).toBe(expected.code);
  expect(issue?.severity).toBe('error');
  expect(issue?.expression).toStrictEqual(expected.expression);
  for (const word of expected.words ?? []) expect(issue?.diagnostics).toContain(word);
}

describe('Refusals', () => {
  let service: TestApp;
  let app: RegisteredApp;
  let token: string;

  beforeAll(async () => {
    // Tests move the clock instead of waiting: tokens must outlast that.
    service = await startTestApp({ TOKEN_LIFETIME_SECONDS: '86400' });
    app = await registerApp(service);
    token = await app.token();
    const audit = service.app.get(AuditLog, { strict: false });
    const lists = new PatientLists(service.dataSource, audit);
    await lists.create({ id: 'INF-101', name: 'Licensed' });
    await lists.create({ id: 'OTHER', name: 'Somebody else’s' });
    await lists.add('INF-101', ['p1'], { allowUnknown: true });
  });

  afterAll(() => service.close());

  const exportOf = (query: string): Promise<Response> =>
    request(service.url).get(`/fhir/Group/INF-101/$export${query}`).auth(token, { type: 'bearer' });

  describe('by token', () => {
    const withToken = (authorization?: string): Promise<Response> => {
      const asked = request(service.url).get('/fhir/Group/INF-101/$export');
      return authorization === undefined ? asked : asked.set('Authorization', authorization);
    };

    it('answers 401 login without a token, and says how to authenticate (KR-04, KR-08)', async () => {
      const answer = await withToken();

      expectOutcome(answer, { status: 401, code: 'login' });
      expect(answer.headers['www-authenticate']).toMatch(/^Bearer/);
    });

    it.each(['Bearer garbage', 'Bearer a.b.c', 'Basic dXNlcjpwYXNz', 'Bearer '])(
      'answers 401 login for "%s" (KR-08)',
      async (authorization) => {
        expectOutcome(await withToken(authorization), { status: 401, code: 'login' });
      },
    );

    it('answers 401 login for a token of another issuer, even with our words in it (TK-07)', async () => {
      const { privateJwk } = generateEcKeys();
      const [key] = service.config.auth.signingKeys;
      const foreign = await new SignJWT({ client_id: app.id, scope: 'system/*.rs' })
        .setProtectedHeader({ alg: 'ES384', kid: key?.kid, typ: 'at+jwt' })
        .setIssuer(service.fhirBase)
        .setAudience(service.fhirBase)
        .setSubject(app.id)
        .setExpirationTime('5m')
        .sign(await importJWK(privateJwk, 'ES384'));

      expectOutcome(await withToken(`Bearer ${foreign}`), { status: 401, code: 'login' });
    });

    it('answers 401 expired once the token’s time is over (TK-02)', async () => {
      const other = await startTestApp();
      try {
        const short = await (await registerApp(other)).token();
        await other.clock.advance(301);

        const answer = await request(other.url)
          .get('/fhir/Group/INF-101/$export')
          .auth(short, { type: 'bearer' });

        expectOutcome(answer, { status: 401, code: 'expired' });
        expect(answer.headers['www-authenticate']).toContain('invalid_token');
      } finally {
        await other.close();
      }
    });

    it('answers 403 to an app that is no System app any more, and says what to change', async () => {
      const user = await registerApp(service);
      const userToken = await user.token();
      await service.dataSource.query(`update auth.app set type = 'user' where id = $1`, [user.id]);

      const answer = await request(service.url)
        .get('/fhir/Group/INF-101/$export')
        .auth(userToken, { type: 'bearer' });

      expectOutcome(answer, { status: 403, code: 'forbidden', words: ['System'] });
    });

    it('answers 403 to a read or search of groups without a scope for Group (TK-07)', async () => {
      const narrow = await app.token('system/Patient.rs');

      for (const path of ['Group/INF-101', 'Group?name=x']) {
        const answer = await request(service.url)
          .get(`/fhir/${path}`)
          .auth(narrow, { type: 'bearer' });

        expectOutcome(answer, {
          status: 403,
          code: 'forbidden',
          expression: ['scope'],
          words: ['system/Group.rs'],
        });
      }
    });

    it('answers 403 when _type names a type that the token does not cover (SC-08)', async () => {
      const narrow = await app.token('system/Patient.rs system/Group.rs');

      const answer = await request(service.url)
        .get('/fhir/Group/INF-101/$export?_type=Patient,Observation')
        .auth(narrow, { type: 'bearer' });

      expectOutcome(answer, {
        status: 403,
        code: 'forbidden',
        expression: ['_type'],
        words: ['Observation'],
      });
    });
  });

  describe('by group', () => {
    it('answers an unlicensed group exactly like one that does not exist (KO-15, SEC-12)', async () => {
      const limited = await registerApp(service, { groups: ['INF-101'] });
      const limitedToken = await limited.token();
      const ask = (id: string): Promise<Response> =>
        request(service.url)
          .get(`/fhir/Group/${id}/$export`)
          .auth(limitedToken, { type: 'bearer' });

      const [unlicensed, unknown] = [await ask('OTHER'), await ask('NOWHERE')];

      expectOutcome(unlicensed, { status: 404, code: 'not-found' });
      expectOutcome(unknown, { status: 404, code: 'not-found' });
      expect(unlicensed.body).toStrictEqual(unknown.body);
    });

    it.each(['INF-101%20', '%2e%2e', "INF-101'--", 'a'.repeat(65)])(
      'answers 404 for the impossible group id "%s"',
      async (id) => {
        const answer = await request(service.url)
          .get(`/fhir/Group/${id}/$export`)
          .auth(token, { type: 'bearer' });

        expectOutcome(answer, { status: 404, code: 'not-found' });
      },
    );
  });

  describe('by parameter', () => {
    it.each<[string, string, Expected]>([
      [
        'an unknown type (PR-36)',
        '?_type=MissingType',
        {
          status: 400,
          code: 'not-supported',
          expression: ['_type'],
          words: ['MissingType', 'Patient'],
        },
      ],
      [
        'a type that is not exportable (PR-33, SC-09)',
        '?_type=Patient,Claim',
        { status: 400, code: 'not-supported', expression: ['_type'], words: ['Claim'] },
      ],
      [
        'a type in the wrong case (PR-36)',
        '?_type=patient',
        { status: 400, code: 'not-supported', expression: ['_type'], words: ['patient'] },
      ],
      [
        'an empty _type, which must not mean everything',
        '?_type=',
        { status: 400, code: 'not-supported', expression: ['_type'] },
      ],
      [
        'a comma too many in _type',
        '?_type=Patient,',
        { status: 400, code: 'not-supported', expression: ['_type'] },
      ],
      [
        'a date without time (PR-16)',
        '?_since=2024-01-01',
        {
          status: 400,
          code: 'value',
          expression: ['_since'],
          words: ['instant', '2026-01-31T11:28:17Z'],
        },
      ],
      [
        'an instant without zone (PR-16)',
        '?_since=2024-01-01T00:00:00',
        { status: 400, code: 'value', expression: ['_since'] },
      ],
      [
        'a day that does not exist',
        '?_since=2023-02-29T00:00:00Z',
        { status: 400, code: 'value', expression: ['_since'] },
      ],
      ['an empty _since', '?_since=', { status: 400, code: 'value', expression: ['_since'] }],
      [
        'a _since in the future (PR-17)',
        '?_since=2999-01-01T00:00:00Z',
        { status: 400, code: 'value', expression: ['_since'], words: ['future'] },
      ],
      [
        'two different _since (EN-08)',
        '?_since=2020-01-01T00:00:00Z&_since=2021-01-01T00:00:00Z',
        { status: 400, code: 'invalid', expression: ['_since'], words: ['once'] },
      ],
      [
        'another output format (PR-06)',
        '?_outputFormat=application/xml',
        {
          status: 400,
          code: 'not-supported',
          expression: ['_outputFormat'],
          words: ['application/fhir+ndjson'],
        },
      ],
      [
        'an empty output format',
        '?_outputFormat=',
        { status: 400, code: 'not-supported', expression: ['_outputFormat'] },
      ],
      [
        'an unknown parameter (UN-01)',
        '?_foo=1',
        { status: 400, code: 'not-supported', expression: ['_foo'], words: ['_foo', '_since'] },
      ],
      [
        'a _typeFilter that cannot be evaluated (PR-80)',
        '?_typeFilter=Patient%3Fno-such-parameter%3Dtrue',
        { status: 400, code: 'not-supported', expression: ['_typeFilter'] },
      ],
      [
        'patient on GET (EN-06)',
        '?patient=Patient/p1',
        { status: 400, code: 'not-supported', expression: ['patient'] },
      ],
      ['broken percent-encoding', '?_type=%E0%A4%A', { status: 400, code: 'invalid' }],
    ])('answers 400 for %s', async (_case, query, expected) => {
      expectOutcome(await exportOf(query), expected);
    });

    it.each([
      '?_outputFormat=application/fhir+ndjson',
      '?_outputFormat=application%2Ffhir%2Bndjson',
      '?_outputFormat=application/ndjson',
      '?_outputFormat=ndjson',
      '?_since=2024-01-01T00:00:00+05:00',
      '?_since=2024-01-01T00:00:00%2B05:00',
      '?_since=2024-01-01T00:00:00.123456Z&_since=2024-01-01T00:00:00.123456Z',
    ])('accepts %s (PR-03, PR-07, PR-16)', async (query) => {
      expect((await exportOf(query)).status).toBe(202);
    });
  });

  describe('by the form of the request', () => {
    const post = (type: string, body: string): Promise<Response> =>
      request(service.url)
        .post('/fhir/Group/INF-101/$export')
        .auth(token, { type: 'bearer' })
        .set('Content-Type', type)
        .send(body);

    it('answers 406 when Accept excludes JSON and XML (HD-09)', async () => {
      const answer = await request(service.url)
        .get('/fhir/Group/INF-101/$export')
        .auth(token, { type: 'bearer' })
        .set('Accept', 'text/html');

      expectOutcome(answer, { status: 406, code: 'not-supported', expression: ['Accept'] });
    });

    it('answers 405 with Allow to HEAD, which starts nothing', async () => {
      const jobs = async (): Promise<unknown> =>
        service.dataSource.query('select count(*) from export.job');
      const before = await jobs();

      const answer = await request(service.url)
        .head('/fhir/Group/INF-101/$export')
        .auth(token, { type: 'bearer' });

      expect([answer.status, answer.headers['allow']]).toStrictEqual([405, 'GET, POST']);
      expect(await jobs()).toStrictEqual(before);
    });

    it.each(['PUT', 'PATCH', 'DELETE'])('answers 405 with Allow to %s', async (method) => {
      const answer = await request(service.url)
        [method.toLowerCase() as 'put']('/fhir/Group/INF-101/$export')
        .auth(token, { type: 'bearer' });

      expectOutcome(answer, { status: 405, code: 'not-supported', words: ['GET', 'POST'] });
      expect(answer.headers['allow']).toBe('GET, POST');
    });

    it('answers 415 to a body of another media type (HD-10)', async () => {
      expectOutcome(await post('text/plain', 'hello'), {
        status: 415,
        code: 'not-supported',
        expression: ['Content-Type'],
      });
    });

    it.each([
      ['a resource that is not Parameters', '{"resourceType":"Patient"}', 'structure'],
      ['an empty object', '{}', 'structure'],
      ['an array', '[]', 'structure'],
      ['parameters without names', '{"resourceType":"Parameters","parameter":[{}]}', 'structure'],
      ['broken JSON', '{"resourceType":', 'invalid'],
    ])('answers 400 to a body that is %s (EN-07)', async (_case, body, code) => {
      const answer = await post('application/fhir+json', body);

      const expression = code === 'structure' ? ['Parameters'] : undefined;
      expectOutcome(answer, { status: 400, code, expression });
    });

    it('answers 400 to a parameter of the wrong value type (EN-02)', async () => {
      const answer = await post(
        'application/fhir+json',
        '{"resourceType":"Parameters","parameter":[{"name":"_since","valueBoolean":true}]}',
      );

      expectOutcome(answer, {
        status: 400,
        code: 'value',
        expression: ['_since'],
        words: ['valueInstant'],
      });
    });

    it('answers 400 to an unknown parameter in the body, by name (UN-01)', async () => {
      const answer = await post(
        'application/fhir+json',
        '{"resourceType":"Parameters","parameter":[{"name":"_foo","valueString":"id"}]}',
      );

      expectOutcome(answer, { status: 400, code: 'not-supported', expression: ['_foo'] });
    });

    it('answers 400 to a POST with parameters in the query, which would be ignored', async () => {
      const answer = await request(service.url)
        .post('/fhir/Group/INF-101/$export?_type=Patient')
        .auth(token, { type: 'bearer' });

      expectOutcome(answer, { status: 400, code: 'invalid', expression: ['_type'] });
    });

    it('takes an empty POST for one without parameters (EN-07)', async () => {
      await request(service.url)
        .post('/fhir/Group/INF-101/$export')
        .auth(token, { type: 'bearer' })
        .expect(202);
    });

    it.each([
      [
        '{"resourceType":"Parameters","parameter":[{"name":"_type","valueString":"Goal"}],"parameter":[]}',
      ],
      [
        '{"resourceType":"Parameters","parameter":[{"name":"_foo","name":"_type","valueString":"Goal"}]}',
      ],
      ['{"resourceType":"Parameters","parameter":[],"p\\u0061rameter":[]}'],
    ])('answers 400 to %s, which says two things (EN-07)', async (body) => {
      const answer = await post('application/fhir+json', body);

      expectOutcome(answer, { status: 400, code: 'structure', words: ['same name twice'] });
    });

    it('answers 415 to JSON that is not in UTF-8 (HD-10)', async () => {
      const answer = await post('application/fhir+json; charset=utf-16', '{}');

      expectOutcome(answer, {
        status: 415,
        code: 'not-supported',
        expression: ['Content-Type'],
        words: ['UTF-8'],
      });
    });

    it('answers 413 to a huge body', async () => {
      const answer = await post('application/fhir+json', `{"a":"${'x'.repeat(300_000)}"}`);

      expectOutcome(answer, { status: 413, code: 'too-long' });
    });

    it.each(['/fhir/Nothing', '/nothing', '/.well-known/nothing', '/metrics/nothing'])(
      'answers 404 with an OperationOutcome to %s, which nothing serves (KR-04)',
      async (path) => {
        const answer = await request(service.url).get(path).auth(token, { type: 'bearer' });

        expectOutcome(answer, { status: 404, code: 'not-found' });
      },
    );
  });

  describe('by job', () => {
    let statusUrl: string;

    beforeAll(async () => {
      statusUrl = await kickOff(service, 'Group/INF-101/$export?_type=Group', token);
      await manifestOf(service, statusUrl, await app.token());
    });

    beforeEach(async () => {
      token = await app.token();
    });

    it('shows a job to nobody but the app that started it: status, delete and files are 404 (SEC-05)', async () => {
      const stranger = await (await registerApp(service)).token();
      const fileUrl = `${statusUrl.replace('bulk-status', 'bulk-files')}/Group.1.ndjson`;

      const answers = [
        await request(statusUrl).get('').auth(stranger, { type: 'bearer' }),
        await request(statusUrl).delete('').auth(stranger, { type: 'bearer' }),
        await request(fileUrl).get('').auth(stranger, { type: 'bearer' }),
      ];

      for (const answer of answers) expectOutcome(answer, { status: 404, code: 'not-found' });
      await request(fileUrl).get('').auth(token, { type: 'bearer' }).expect(200);
    });

    it('wants a token for status and files, and one that covers the export (SEC-04, FR-05)', async () => {
      const narrow = await app.token('system/Patient.rs');
      const fileUrl = `${statusUrl.replace('bulk-status', 'bulk-files')}/Group.1.ndjson`;

      for (const url of [statusUrl, fileUrl]) {
        expectOutcome(await request(url).get(''), { status: 401, code: 'login' });
        expectOutcome(await request(url).get('').auth(narrow, { type: 'bearer' }), {
          status: 403,
          code: 'forbidden',
        });
      }
    });

    it.each(['00000000-0000-4000-8000-000000000000', 'not-a-job', '%2e%2e', "'; drop table"])(
      'answers 404 for the unknown job %s (ST-16)',
      async (id) => {
        const answer = await request(service.url)
          .get(`/fhir/bulk-status/${id}`)
          .auth(token, { type: 'bearer' });

        expectOutcome(answer, { status: 404, code: 'not-found' });
      },
    );

    it.each([
      '..%2F..%2F..%2Fetc%2Fpasswd',
      '%2e%2e',
      'Group.2.ndjson',
      'Group.01.ndjson',
      'Patient.1.ndjson',
      'Group.1.ndjson%00',
      'Group.1',
      '.tmp-x',
    ])('answers 404 for the file %s', async (name) => {
      const answer = await request(statusUrl.replace('bulk-status', 'bulk-files'))
        .get(`/${name}`)
        .auth(token, { type: 'bearer' });

      expectOutcome(answer, { status: 404, code: 'not-found' });
    });

    it('does not follow raw dots in a path', async () => {
      const text = await rawExchange(service.url, [
        'GET /fhir/bulk-files/x/../../../../etc/passwd HTTP/1.1',
        'Host: x',
        `Authorization: Bearer ${token}`,
      ]);

      expect(text).toMatch(/^HTTP\/1\.1 404 /);
    });

    it.each([
      ['a target in absolute form', 'http://x/fhir/metadata', []],
      ['a target of another host', 'http://elsewhere.example/fhir/metadata', []],
      ['a target in asterisk form', '*', []],
      ['two Host headers', '/fhir/metadata', ['Host: x']],
      ['two different Host headers', '/fhir/metadata', ['hOST: elsewhere.example']],
      ['two Authorization headers', '/fhir/Group', ['Authorization: Bearer a', 'Authorization: b']],
    ])('answers 400 to %s, which readers could take for two things', async (_, target, headers) => {
      const method = target === '*' ? 'OPTIONS' : 'GET';

      const text = await rawExchange(service.url, [
        `${method} ${target} HTTP/1.1`,
        'Host: x',
        ...headers,
      ]);

      expect(text).toMatch(/^HTTP\/1\.1 400 /);
      expect(text).toContain('"resourceType":"OperationOutcome"');
      expect(text).not.toContain('elsewhere');
    });

    it('keeps no trace of tokens or queries in error texts', async () => {
      const answer = await exportOf('?secret-name=secret-value');

      expect(answer.text).not.toContain('secret-value');
      expect(answer.text).not.toContain(token);
    });
  });

  it('sets security headers and a request id on every answer', async () => {
    const answer = await request(service.url).get('/fhir/nothing').set('X-Request-Id', 'abc-123');

    expect(answer.headers).toMatchObject({
      'x-request-id': 'abc-123',
      'x-content-type-options': 'nosniff',
      'cache-control': 'no-store',
    });
    expect(answer.headers['content-security-policy']).toContain("default-src 'self'");
    expect(answer.headers['x-powered-by']).toBeUndefined();
  });
});
