import { createPrivateKey, randomUUID, sign } from 'node:crypto';

import { decodeJwt, SignJWT } from 'jose';
import request, { type Response } from 'supertest';

import { RefusalLog } from '../../src/audit';
import { AppRegistry } from '../../src/auth';
import { startTestApp, type TestApp } from '../support/app';
import {
  expectOAuthError,
  newClientKey,
  newTokenClient,
  requestToken,
  type TokenClient,
  tokenFields,
} from '../support/client-assertion';

describe('The token endpoint', () => {
  let service: TestApp;
  let client: TokenClient;

  beforeAll(async () => {
    service = await startTestApp({ ASSERTION_AUDIENCES: 'https://old.example.org/token' });
    service.clock.stop();
    client = await newTokenClient(service);
  });

  afterAll(() => service.close());

  const HEADER = { alg: 'ES384', kid: 'ec', typ: 'JWT' };
  const claimsText = async (): Promise<string> => JSON.stringify(decodeJwt(await client.sign()));

  /** Signs exactly these texts: no library would write some of them. */
  const sendRaw = (header: string, claims: string): Promise<Response> => {
    const part = (text: string): string => Buffer.from(text).toString('base64url');
    const input = `${part(header)}.${part(claims)}`;
    const key = createPrivateKey({ key: { ...client.ec.privateJwk }, format: 'jwk' });
    const signature = sign('sha384', Buffer.from(input), { key, dsaEncoding: 'ieee-p1363' });
    const assertion = `${input}.${signature.toString('base64url')}`;
    return requestToken(service, tokenFields(assertion));
  };

  describe('checks the assertion and', () => {
    it.each([
      ['an expired one', () => ({ exp: client.now() - 61 })],
      ['one that lives too long', () => ({ exp: client.now() + 361 })],
      ['one without exp', () => ({ exp: undefined })],
      ['an exp that is no number', () => ({ exp: 'soon' })],
      ['one not valid yet', () => ({ nbf: client.now() + 61 })],
      ['one from the future', () => ({ iat: client.now() + 61 })],
      ['another audience', () => ({ aud: service.fhirBase })],
      ['the audience of another host', () => ({ aud: 'http://example.org/fhir/auth/token' })],
      ['no audience', () => ({ aud: undefined })],
      ['an audience with one slash more', () => ({ aud: `${service.fhirBase}/auth/token/` })],
      ['the audience in capitals', () => ({ aud: `${service.fhirBase}/auth/TOKEN` })],
      ['the introspection endpoint', () => ({ aud: `${service.fhirBase}/auth/introspect` })],
      ['the base alone, in a list', () => ({ aud: [service.fhirBase] })],
      [
        'a lifetime that began long ago',
        () => ({ iat: client.now() - 200, exp: client.now() + 200 }),
      ],
      ['an iat that is no number', () => ({ iat: 'now' })],
      ['an nbf that is no number', () => ({ nbf: null })],
      ['an iss that is no text', () => ({ iss: [client.id], sub: [client.id] })],
      ['no jti', () => ({ jti: undefined })],
      ['an empty jti', () => ({ jti: '' })],
      ['a jti that PostgreSQL cannot store', () => ({ jti: 'a\u0000b' })],
      ['a jti of 256 characters', () => ({ jti: 'x'.repeat(256) })],
      ['no iss', () => ({ iss: undefined })],
      ['an iss other than sub', () => ({ sub: 'someone-else' })],
    ])('refuses %s as invalid_client (JW-06, JW-10, JW-15)', async (_, claims) => {
      expectOAuthError(await client.ask({ claims: claims() }), 401, 'invalid_client');
    });

    it.each([
      ['at the end of its life, within the skew', () => ({ exp: client.now() - 50 })],
      [
        'that expires five minutes ahead, by a clock a little fast',
        () => ({ exp: client.now() + 350 }),
      ],
      ['for another configured audience', () => ({ aud: 'https://old.example.org/token' })],
      ['for several audiences', () => ({ aud: ['x', `${service.fhirBase}/auth/token`] })],
      ['with iat and nbf', () => ({ iat: client.now(), nbf: client.now() })],
    ])('accepts one %s (JW-15, JW-17)', async (_, claims) => {
      expect((await client.ask({ claims: claims() })).status).toBe(200);
    });

    it('looks at the configured endpoint, not at the Host header, for aud (JW-18)', async () => {
      const assertion = await client.sign({
        claims: { aud: 'http://evil.example/fhir/auth/token' },
      });

      const response = await request(service.url)
        .post('/fhir/auth/token')
        .set('Host', 'evil.example')
        .type('form')
        .send(tokenFields(assertion));

      expectOAuthError(response, 401, 'invalid_client');
    });

    it.each([
      ['without kid', { kid: undefined }],
      ['with an unknown kid', { kid: 'other' }],
      ['with the kid of a key for another algorithm', { kid: 'rsa' }],
      ['of another type', { typ: 'at+jwt' }],
      ['with a jku, though the keys are inline', { jku: 'https://app.example.org/jwks' }],
    ])('refuses one %s as invalid_client (JW-05, JW-11, JW-13)', async (_, header) => {
      expectOAuthError(await client.ask({ header }), 401, 'invalid_client');
    });

    it('says that a jku must be registered, in the same words whoever the client is (JW-11)', async () => {
      const header = { jku: 'https://app.example.org/jwks' };

      const known = await client.ask({ header });
      const unknown = await requestToken(
        service,
        tokenFields(await client.sign({ header }, 'nobody')),
      );

      expect((known.body as { error_description: string }).error_description).toMatch(
        /jku must be the JWKS URL that is registered/,
      );
      expect(unknown.body).toStrictEqual(known.body);
    });

    it('refuses an extension that it would have to understand as invalid_client (JW-05, JW-07)', async () => {
      expectOAuthError(
        await sendRaw(JSON.stringify({ ...HEADER, crit: ['exp'], exp: 1 }), await claimsText()),
        401,
        'invalid_client',
      );
    });

    it('never takes a key from the assertion itself (JW-12, JW-13)', async () => {
      const stranger = await newClientKey('ES384', 'ec');
      const header = { jwk: stranger.publicJwk, x5u: 'https://evil.example/cert' };

      const forged = await client.sign({ header }, client.id, stranger);

      expectOAuthError(await requestToken(service, tokenFields(forged)), 401, 'invalid_client');
      expect((await client.ask({ header })).status).toBe(200);
    });

    it('refuses one whose header or claims have a name twice as invalid_client (JW-07)', async () => {
      const header = JSON.stringify(HEADER);
      const claims = await claimsText();
      const twice = `${claims.slice(0, -1)},"exp":${client.now() + 60}}`;

      expect((await sendRaw(header, claims)).status).toBe(200);
      expectOAuthError(
        await sendRaw(`${header.slice(0, -1)},"kid":"ec"}`, await claimsText()),
        401,
        'invalid_client',
      );
      expectOAuthError(await sendRaw(header, twice), 401, 'invalid_client');
    });

    it('refuses one that is too long as invalid_client (JW-16)', async () => {
      expectOAuthError(
        await client.ask({ claims: { padding: 'x'.repeat(17_000) } }),
        401,
        'invalid_client',
      );
    });

    it('accepts one without typ, which common libraries leave out (JW-05)', async () => {
      expect((await client.ask({ header: { typ: undefined } })).status).toBe(200);
    });

    it.each(['not-a-jwt', 'a.b.c', '..'])(
      'refuses "%s", which is no JWT, as invalid_client (JW-16)',
      async (assertion) => {
        expectOAuthError(
          await requestToken(service, tokenFields(assertion)),
          401,
          'invalid_client',
        );
      },
    );

    it('refuses alg none as invalid_client (JW-08)', async () => {
      const part = (value: object): string =>
        Buffer.from(JSON.stringify(value)).toString('base64url');
      const { iss, sub, aud, exp } = decodeJwt(await client.sign());
      const assertion = `${part({ alg: 'none', kid: 'ec', typ: 'JWT' })}.${part({ iss, sub, aud, exp, jti: 'n' })}.`;

      expectOAuthError(await requestToken(service, tokenFields(assertion)), 401, 'invalid_client');
    });

    it('refuses HS384 keyed with the public key as invalid_client (JW-08)', async () => {
      const secret = new TextEncoder().encode(JSON.stringify(client.ec.publicJwk));
      const assertion = await new SignJWT({ iss: client.id, sub: client.id, jti: randomUUID() })
        .setProtectedHeader({ alg: 'HS384', kid: 'ec', typ: 'JWT' })
        .setAudience(`${service.fhirBase}/auth/token`)
        .setExpirationTime(client.now() + 60)
        .sign(secret);

      expectOAuthError(await requestToken(service, tokenFields(assertion)), 401, 'invalid_client');
    });

    it('refuses one whose claims were changed after signing (JW-07)', async () => {
      const [header, , signature] = (await client.sign()).split('.');
      const [, otherPayload] = (await client.sign()).split('.');

      const response = await requestToken(
        service,
        tokenFields(`${header ?? ''}.${otherPayload ?? ''}.${signature ?? ''}`),
      );

      expectOAuthError(response, 401, 'invalid_client');
    });

    it('accepts a client_id that agrees and refuses one that does not (JW-15)', async () => {
      expect((await client.ask({}, { client_id: client.id })).status).toBe(200);
      expectOAuthError(await client.ask({}, { client_id: 'someone-else' }), 401, 'invalid_client');
    });
  });

  describe('tells strangers nothing: it', () => {
    it('answers an unknown client, a disabled app and a wrong key with the same words (JW-10, JW-14)', async () => {
      const disabled = await client.register();
      await service.app.get(AppRegistry, { strict: false }).disable(disabled);
      const stranger = await newClientKey('ES384', 'ec');

      const answers = await Promise.all(
        [
          await client.sign({}, 'nobody'),
          await client.sign({}, 'no\u0000body'),
          await client.sign({}, disabled),
          await client.sign({}, client.id, stranger),
          await client.sign({}, client.id, { ...stranger, kid: 'unknown' }),
        ].map((assertion) => requestToken(service, tokenFields(assertion))),
      );

      for (const answer of answers) expectOAuthError(answer, 401, 'invalid_client');
      expect(new Set(answers.map(({ text }) => text)).size).toBe(1);
    });

    it('issues tokens again once the app is enabled', async () => {
      const id = await client.register();
      const apps = service.app.get(AppRegistry, { strict: false });
      await apps.disable(id);
      await apps.enable(id);

      expect((await requestToken(service, tokenFields(await client.sign({}, id)))).status).toBe(
        200,
      );
    });
  });

  describe('knows each assertion once: it', () => {
    it('refuses a jti that was used before (JW-09)', async () => {
      const fields = tokenFields(await client.sign());

      expect((await requestToken(service, fields)).status).toBe(200);
      expectOAuthError(await requestToken(service, fields), 401, 'invalid_client');
    });

    it('lets exactly one of many requests with one assertion through (JW-09, JW-16)', async () => {
      const fields = tokenFields(await client.sign());

      const answers = await Promise.all(
        Array.from({ length: 12 }, () => requestToken(service, fields)),
      );

      expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
      expect(answers.filter(({ status }) => status === 401)).toHaveLength(11);
    });

    it('accepts the jti of one client from another (JW-09)', async () => {
      const parts = { claims: { jti: randomUUID() } };
      const other = await client.register();

      expect((await client.ask(parts)).status).toBe(200);
      expect(
        (await requestToken(service, tokenFields(await client.sign(parts, other)))).status,
      ).toBe(200);
    });

    it('does not spend a jti on an assertion that is refused itself (JW-16)', async () => {
      const claims = { jti: randomUUID() };
      const stranger = await newClientKey('ES384', 'ec');
      const forged = await client.sign({ claims }, client.id, stranger);

      expectOAuthError(await requestToken(service, tokenFields(forged)), 401, 'invalid_client');
      expectOAuthError(
        await client.ask({ claims: { ...claims, aud: 'x' } }),
        401,
        'invalid_client',
      );
      expect((await client.ask({ claims })).status).toBe(200);
    });

    it('spends a jti on a request that fails once its assertion is verified (JW-09)', async () => {
      const claims = { jti: randomUUID() };

      expectOAuthError(await client.ask({ claims }, { scope: 'openid' }), 400, 'invalid_scope');
      expectOAuthError(await client.ask({ claims }), 401, 'invalid_client');
    });

    it('keeps no more than ten rows and a count of refusals that are sent again and again', async () => {
      const id = await client.register();
      const fields = tokenFields(await client.sign({}, id));
      await requestToken(service, fields);
      for (let time = 0; time < 14; time++) await requestToken(service, fields);
      await service.app.get(RefusalLog, { strict: false }).beforeApplicationShutdown();

      const rows = await service.dataSource.query<{ repeated: number | null }[]>(
        `select (detail ->> 'repeated')::int as repeated from audit.event
         where app_id = $1 and action = 'token.refused' order by id`,
        [id],
      );

      expect(rows.map(({ repeated }) => repeated)).toStrictEqual([
        ...Array.from({ length: 10 }, () => null),
        4,
      ]);
    });

    it('sweeps assertions a day after they have expired, and only these (JW-16)', async () => {
      const id = await client.register();
      const use = async (jti: string): Promise<unknown> =>
        requestToken(service, tokenFields(await client.sign({ claims: { jti } }, id)));
      const kept = async (): Promise<readonly string[]> => {
        const rows = await service.dataSource.query<{ jti: string }[]>(
          'select jti from auth.used_assertion where app_id = $1 order by jti',
          [id],
        );
        return rows.map(({ jti }) => jti);
      };
      await use('old');
      await service.clock.advance(400);
      await use('new');
      const soon = await kept();
      await service.clock.advance(86_300);
      await use('newer');

      expect(soon).toStrictEqual(['new', 'old']);
      await expect(kept()).resolves.toStrictEqual(['new', 'newer']);
    });
  });
});
