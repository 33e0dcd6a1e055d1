import { decodeJwt, decodeProtectedHeader, importJWK, type JWK, jwtVerify } from 'jose';
import request, { type Response } from 'supertest';

import { startTestApp, type TestApp } from '../support/app';
import {
  expectOAuthError,
  newClientKey,
  newTokenClient,
  requestToken,
  type TokenClient,
  tokenFields,
} from '../support/client-assertion';

type TokenFields = ReturnType<typeof tokenFields>;

const formText = (fields: TokenFields): string =>
  new URLSearchParams(fields as Record<string, string>).toString();

interface TokenBody {
  readonly access_token: string;
  readonly token_type: string;
  readonly expires_in: number;
  readonly scope: string;
}

describe('The token endpoint', () => {
  let service: TestApp;
  let client: TokenClient;

  beforeAll(async () => {
    service = await startTestApp();
    client = await newTokenClient(service);
  });

  afterAll(() => service.close());

  describe('for a client that proves who it is', () => {
    it('answers with the four members of a token response, never cached (TK-01, TK-02, TK-03, TK-06)', async () => {
      const response = await client.ask();

      expect(response.status).toBe(200);
      expect(response.body).toStrictEqual({
        access_token: expect.any(String) as string,
        token_type: 'bearer',
        expires_in: 300,
        scope: 'system/*.rs',
      });
      expect(response.headers['cache-control']).toBe('no-store');
      expect(response.headers['pragma']).toBe('no-cache');
    });

    it('verifies RS384 as well as ES384 (JW-08)', async () => {
      const response = await requestToken(
        service,
        tokenFields(await client.sign({}, client.id, client.rsa)),
      );

      expect(response.status).toBe(200);
    });

    it('signs a token with the first published key, for this service alone (TK-07)', async () => {
      const { access_token: token } = (await client.ask()).body as TokenBody;
      const { keys } = (await request(service.url).get('/fhir/auth/jwks').expect(200)).body as {
        keys: readonly [JWK];
      };

      const { payload } = await jwtVerify(token, await importJWK(keys[0], 'ES384'), {
        issuer: service.fhirBase,
        audience: service.fhirBase,
        typ: 'at+jwt',
      });

      expect(decodeProtectedHeader(token)).toStrictEqual({
        alg: 'ES384',
        typ: 'at+jwt',
        kid: keys[0].kid,
      });
      expect(payload).toMatchObject({
        sub: client.id,
        client_id: client.id,
        scope: 'system/*.rs',
        jti: expect.any(String) as string,
      });
      expect((payload.exp ?? 0) - (payload.iat ?? 0)).toBe(300);
    });

    it('publishes its public keys without their private halves (RG-05)', async () => {
      const response = await request(service.url).get('/fhir/auth/jwks').expect(200);

      const [published] = (response.body as { keys: readonly object[] }).keys;
      expect(Object.keys(published ?? {}).sort()).toStrictEqual(
        ['alg', 'crv', 'kid', 'kty', 'use', 'x', 'y'].sort(),
      );
    });

    it.each([
      ['system/*.read', 'system/*.read'],
      ['system/*.*', 'system/*.read'],
      ['system/Patient.cruds patient/Patient.rs openid', 'system/Patient.rs'],
    ])(
      'asked for "%s" grants "%s", in the response and the token alike (SC-03, SC-12)',
      async (asked, given) => {
        const body = (await client.ask({}, { scope: asked })).body as TokenBody;

        expect(body.scope).toBe(given);
        expect(decodeJwt(body.access_token)['scope']).toBe(given);
      },
    );

    it('writes who got the token into the audit log, with the request id', async () => {
      const id = await client.register();
      const assertion = await client.sign({}, id);

      const response = await requestToken(service, tokenFields(assertion));

      const rows = await service.dataSource.query<object[]>(
        "select action, outcome, request_id, detail from audit.event where app_id = $1 and action like 'token.%'",
        [id],
      );
      expect(rows).toStrictEqual([
        {
          action: 'token.issued',
          outcome: 'success',
          request_id: response.headers['x-request-id'],
          detail: { scope: 'system/*.rs' },
        },
      ]);
    });
  });

  it('releases no token that it cannot put on record, and leaves the assertion unspent', async () => {
    const fields = tokenFields(await client.sign());

    await service.dataSource.query('alter table audit.event rename to event_away');
    const unrecorded = await requestToken(service, fields);
    await service.dataSource.query('alter table audit.event_away rename to event');
    const recorded = await requestToken(service, fields);

    expect(unrecorded.status).toBe(500);
    expect(unrecorded.text).not.toContain('access_token');
    expect(recorded.status).toBe(200);
  });

  describe('reads the form and', () => {
    it.each(['grant_type', 'client_assertion_type', 'client_assertion', 'scope'])(
      'refuses one without %s as invalid_request (JW-01 to JW-04, §26)',
      async (name) => {
        const fields = tokenFields(await client.sign(), { [name]: undefined });

        expectOAuthError(await requestToken(service, fields), 400, 'invalid_request');
      },
    );

    it('refuses one with a field given twice as invalid_request', async () => {
      const fields = tokenFields(await client.sign(), {
        scope: ['system/*.rs', 'system/Patient.rs'],
      });

      expectOAuthError(await requestToken(service, fields), 400, 'invalid_request');
    });

    it('refuses another grant type as unsupported_grant_type (JW-01)', async () => {
      const response = await client.ask({}, { grant_type: 'authorization_code' });

      expectOAuthError(response, 400, 'unsupported_grant_type');
    });

    it('refuses another assertion type with exactly 400 invalid_request (JW-03)', async () => {
      const response = await client.ask({}, { client_assertion_type: 'urn:x' });

      expectOAuthError(response, 400, 'invalid_request');
    });

    it.each([
      ['JSON', 'application/json', (fields: TokenFields) => JSON.stringify(fields)],
      ['FHIR', 'application/fhir+json', (fields: TokenFields) => JSON.stringify(fields)],
      ['broken JSON', 'application/json', () => '{"grant_type":'],
      ['plain text', 'text/plain', formText],
      ['multipart', 'multipart/form-data; boundary=x', formText],
      ['a form in Latin-1', 'application/x-www-form-urlencoded; charset=iso-8859-1', formText],
      [
        'a form of too many fields',
        'application/x-www-form-urlencoded',
        (fields: TokenFields) => `${formText(fields)}${'&a=1'.repeat(100)}`,
      ],
      ['a form in an unknown charset', 'application/x-www-form-urlencoded; charset=x', formText],
      [
        'a form above the size limit',
        'application/x-www-form-urlencoded',
        (fields: TokenFields) => `${formText(fields)}&a=${'x'.repeat(70_000)}`,
      ],
    ])('refuses %s as invalid_request (TK-05, §26)', async (_, type, bodyOf) => {
      const response = await request(service.url)
        .post('/fhir/auth/token')
        .set('Content-Type', type)
        .send(bodyOf(tokenFields(await client.sign())));

      expectOAuthError(response, 400, 'invalid_request');
    });

    it('refuses a compressed form as invalid_request', async () => {
      const response = await request(service.url)
        .post('/fhir/auth/token')
        .set({ 'Content-Type': 'application/x-www-form-urlencoded', 'Content-Encoding': 'gzip' })
        .send(formText(tokenFields(await client.sign())));

      expectOAuthError(response, 400, 'invalid_request');
    });

    it('refuses a request without a body as invalid_request', async () => {
      const response = await request(service.url).post('/fhir/auth/token');

      expectOAuthError(response, 400, 'invalid_request');
    });

    it.each(['get', 'put', 'delete', 'patch'] as const)(
      'answers %s with 405 in the words of OAuth (TK-05)',
      async (method) => {
        const response = await request(service.url)[method]('/fhir/auth/token');

        expectOAuthError(response, 405, 'invalid_request');
        expect(response.headers['allow']).toBe('POST');
      },
    );

    it('refuses parameters in the URL, where logs would see them, as invalid_request (TK-05)', async () => {
      const text = formText(tokenFields(await client.sign()));
      const ask = (query: string, body: string): request.Test =>
        request(service.url).post(`/fhir/auth/token?${query}`).type('form').send(body);

      expectOAuthError(await ask(text, ''), 400, 'invalid_request');
      expectOAuthError(await ask('scope=system/*.rs', text), 400, 'invalid_request');
      expect((await ask('trace=1', text)).status).toBe(200);
    });

    it('refuses HTTP Basic as invalid_client, with a challenge (TK-05, RFC 6749 §5.2)', async () => {
      const response = await request(service.url)
        .post('/fhir/auth/token')
        .auth(client.id, 'secret')
        .type('form')
        .send({ grant_type: 'client_credentials', scope: 'system/*.rs' });

      expectOAuthError(response, 401, 'invalid_client');
      expect(response.headers['www-authenticate']).toMatch(/^Basic /);
    });

    it('refuses two ways of authentication at once as invalid_request (TK-05, RFC 6749 §2.3)', async () => {
      const withBasic = await request(service.url)
        .post('/fhir/auth/token')
        .auth(client.id, 'secret')
        .type('form')
        .send(formText(tokenFields(await client.sign())));

      expectOAuthError(withBasic, 400, 'invalid_request');
      expectOAuthError(await client.ask({}, { client_secret: 'x' }), 400, 'invalid_request');
    });

    it('refuses a client secret alone as invalid_request (TK-05)', async () => {
      const fields = {
        grant_type: 'client_credentials',
        client_id: client.id,
        client_secret: 'x',
        scope: 'system/*.rs',
      };

      expectOAuthError(await requestToken(service, fields), 400, 'invalid_request');
    });
  });

  describe('grants what the app may have: it', () => {
    it.each(['', 'openid', 'system/Patient.write', 'system/Claim.rs', 'system/Goal.rs?no-such=x'])(
      'refuses the scope "%s" as invalid_scope (§26)',
      async (scope) => {
        expectOAuthError(await client.ask({}, { scope }), 400, 'invalid_scope');
      },
    );

    it('refuses a mix of SMART v1 and v2 as invalid_scope, as the vendor does', async () => {
      const response = await client.ask({}, { scope: 'system/Patient.read system/Group.rs' });

      expectOAuthError(response, 400, 'invalid_scope');
    });

    it('leaves out types beyond the licence, and puts refusals on record (TK-04)', async () => {
      const id = await client.register({ resourceTypes: ['Patient', 'Group'] });
      const asking = async (scope: string): Promise<Response> =>
        requestToken(service, tokenFields(await client.sign({}, id), { scope }));

      const partly = await asking('system/Patient.rs system/Observation.rs');
      const refused = await asking('system/Observation.rs');

      expect((partly.body as TokenBody).scope).toBe('system/Patient.rs');
      expectOAuthError(refused, 400, 'invalid_scope');
      const rows = await service.dataSource.query<object[]>(
        "select outcome, detail from audit.event where app_id = $1 and action = 'token.refused'",
        [id],
      );
      expect(rows).toStrictEqual([
        { outcome: 'refused', detail: { error: 'invalid_scope', reason: 'invalid_scope' } },
      ]);
    });

    it.each(['patient', 'user'])(
      'refuses a %s app as unauthorized_client and says what to change (System apps only)',
      async (type) => {
        const id = await client.register({ type });

        const response = await requestToken(service, tokenFields(await client.sign({}, id)));

        expectOAuthError(response, 400, 'unauthorized_client');
        expect((response.body as { error_description: string }).error_description).toContain(
          'register a System app with a JWKS',
        );
      },
    );

    it('tells the type of an app to nobody but the app (JW-14)', async () => {
      const id = await client.register({ type: 'patient' });
      const keyless = await client.register({ type: 'patient', jwks: undefined });
      const stranger = await newClientKey('ES384', 'ec');

      const answers = [
        await requestToken(service, tokenFields(await client.sign({}, id, stranger))),
        await requestToken(service, tokenFields(await client.sign({}, keyless))),
        await requestToken(service, tokenFields(await client.sign({}, 'nobody'))),
      ];

      for (const answer of answers) expectOAuthError(answer, 401, 'invalid_client');
      expect(new Set(answers.map(({ text }) => text)).size).toBe(1);
    });
  });
});
