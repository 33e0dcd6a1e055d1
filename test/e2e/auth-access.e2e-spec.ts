import { randomUUID } from 'node:crypto';

import { Controller, Get, Module, UseGuards } from '@nestjs/common';
import { decodeJwt, importJWK, type JWK, SignJWT } from 'jose';
import request, { type Response } from 'supertest';

import { OFFERED_BY_DEFAULT } from '../../libs/fhir/src';
import { generateEcKeys } from '../../libs/keys/src';
import {
  type AppPrincipal,
  AppRegistry,
  AuthModule,
  BearerGuard,
  CurrentApp,
  mayUseGroup,
  mayWrite,
} from '../../src/auth';
import { startTestApp, type TestApp } from '../support/app';
import {
  newTokenClient,
  requestToken,
  type TokenClient,
  tokenFields,
} from '../support/client-assertion';

@Controller('probe')
class ProbeController {
  @Get()
  @UseGuards(BearerGuard)
  probe(@CurrentApp() app: AppPrincipal): object {
    return {
      appId: app.appId,
      appName: app.appName,
      types: [...app.allowedTypes],
      writes: OFFERED_BY_DEFAULT.filter((type) => mayWrite(app, type, 'u')),
      groups: ['INF-101', 'INF-102'].filter((id) => mayUseGroup(app, { id })),
    };
  }
}

@Module({ imports: [AuthModule], controllers: [ProbeController] })
class ProbeModule {}

const privateJwk = (kid: string): JWK => ({
  ...generateEcKeys().privateJwk,
  kid,
});

describe('A protected route', () => {
  const newKey = privateJwk('new');
  const oldKey = privateJwk('old');
  let service: TestApp;
  let client: TokenClient;

  beforeAll(async () => {
    const keys = JSON.stringify({ keys: [newKey, oldKey] });
    service = await startTestApp({ TOKEN_SIGNING_KEYS: keys }, [ProbeModule]);
    client = await newTokenClient(service);
  });

  afterAll(() => service.close());

  const tokenOf = async (id: string, scope = 'system/*.rs'): Promise<string> => {
    const response = await requestToken(service, tokenFields(await client.sign({}, id), { scope }));
    return (response.body as { access_token: string }).access_token;
  };
  const visit = async (authorization?: string): Promise<Response> => {
    const visiting = request(service.url).get('/fhir/probe');
    return authorization === undefined ? visiting : visiting.set('Authorization', authorization);
  };
  const visitWith = (token: string): Promise<Response> => visit(`Bearer ${token}`);

  /** A token as this service would sign it, but for what the test changes. */
  const forge = (
    changes: Readonly<Record<string, unknown>> = {},
    header: Readonly<Record<string, unknown>> = {},
    key = newKey,
  ): Promise<string> => sign({ ...claims(), ...changes }, { kid: key.kid, ...header }, key);
  const claims = (): Readonly<Record<string, unknown>> => ({
    iss: service.fhirBase,
    aud: service.fhirBase,
    sub: client.id,
    client_id: client.id,
    scope: 'system/*.rs',
    iat: client.now(),
    exp: client.now() + 300,
    jti: randomUUID(),
  });
  const sign = async (
    payload: Readonly<Record<string, unknown>>,
    header: Readonly<Record<string, unknown>>,
    key: JWK,
  ): Promise<string> =>
    new SignJWT(payload)
      .setProtectedHeader({ alg: 'ES384', typ: 'at+jwt', ...header })
      .sign(await importJWK(key, 'ES384'));

  const expectOutcome = (response: Response, status: number, code: string): void => {
    expect([response.status, response.body]).toMatchObject([
      status,
      { resourceType: 'OperationOutcome', issue: [{ severity: 'error', code }] },
    ]);
    expect(response.headers['content-type']).toMatch(/^application\/fhir\+json/);
  };
  const expectChallenge = (response: Response, challenge: RegExp): void => {
    expect(response.headers['www-authenticate']).toMatch(challenge);
  };

  it('knows the app, its licence and what the token covers (SC-05, SEC-12)', async () => {
    const id = await client.register({
      name: 'Registry',
      allGroups: false,
      groups: ['INF-102'],
      resourceTypes: ['Patient', 'Goal'],
    });

    const response = await visitWith(await tokenOf(id, 'system/*.read'));

    expect(response.body).toStrictEqual({
      appId: id,
      appName: 'Registry',
      types: ['Goal', 'Patient'],
      writes: [],
      groups: ['INF-102'],
    });
  });

  it('narrows a wide licence to the scopes of the token (SC-05, SC-13)', async () => {
    const response = await visitWith(await tokenOf(client.id, 'system/Patient.rs system/Group.rs'));

    expect(response.body).toMatchObject({
      types: ['Group', 'Patient'],
      groups: ['INF-101', 'INF-102'],
    });
  });

  it('asks for a token when there is none (SEC-04)', async () => {
    const response = await visit();

    expectOutcome(response, 401, 'login');
    expectChallenge(response, /^Bearer$/);
  });

  it('reads tokens from the Authorization header only (RFC 6750)', async () => {
    const token = await tokenOf(client.id);

    const response = await request(service.url).get(`/fhir/probe?access_token=${token}`);

    expectOutcome(response, 401, 'login');
  });

  it.each(['Bearer garbage', 'Bearer a.b.c', 'Bearer ..', 'Basic dXNlcjpzZWNyZXQ=', 'Bearer'])(
    'refuses "%s" (TK-07)',
    async (authorization) => {
      expectOutcome(await visit(authorization), 401, 'login');
    },
  );

  it('tells an expired token apart from a wrong one (TK-02)', async () => {
    const token = await tokenOf(client.id);
    // One that has been verified before, too.
    expect((await visitWith(token)).status).toBe(200);
    await service.clock.advance(301);

    const response = await visitWith(token);

    expectOutcome(response, 401, 'expired');
    expectChallenge(response, /^Bearer error="invalid_token"/);
  });

  it('accepts a token that this test forges as the service would, so that the next tests mean something', async () => {
    expect((await visitWith(await forge())).status).toBe(200);
  });

  it.each([
    ['of another issuer', { iss: 'https://other.example/fhir' }, {}],
    ['without issuer', { iss: undefined }, {}],
    ['for another audience', { aud: 'https://other.example/fhir' }, {}],
    ['without audience', { aud: undefined }, {}],
    ['without expiry', { exp: undefined }, {}],
    ['without client', { client_id: undefined }, {}],
    ['without scope', { scope: undefined }, {}],
    ['of another type', {}, { typ: 'JWT' }],
    ['without type', {}, { typ: undefined }],
    ['without kid', {}, { kid: undefined }],
    ['with an unknown kid', {}, { kid: 'unknown' }],
    ['with the kid of another of our keys', {}, { kid: 'old' }],
  ])('refuses a token %s (TK-07)', async (_, changes, header) => {
    const response = await visitWith(await forge(changes, header));

    expectOutcome(response, 401, 'login');
    expectChallenge(response, /^Bearer error="invalid_token"/);
  });

  it("refuses a token that somebody else signed under our key's name (TK-07)", async () => {
    const token = await forge({}, { kid: 'new' }, privateJwk('theirs'));

    expectOutcome(await visitWith(token), 401, 'login');
  });

  it('refuses HS384 keyed with the public key, and alg none (TK-07)', async () => {
    const { x } = newKey;
    const hmac = await new SignJWT({ ...claims() })
      .setProtectedHeader({ alg: 'HS384', typ: 'at+jwt', kid: 'new' })
      .sign(new TextEncoder().encode(x));
    const part = (value: object): string =>
      Buffer.from(JSON.stringify(value)).toString('base64url');
    const none = `${part({ alg: 'none', typ: 'at+jwt', kid: 'new' })}.${part(claims())}.`;

    expectOutcome(await visitWith(hmac), 401, 'login');
    expectOutcome(await visitWith(none), 401, 'login');
  });

  it('refuses a client assertion in place of a token (TK-07)', async () => {
    expectOutcome(await visitWith(await client.sign()), 401, 'login');
  });

  it('accepts tokens of an older signing key while it is configured (key rotation)', async () => {
    expect((await visitWith(await forge({}, {}, oldKey))).status).toBe(200);
  });

  it('refuses the tokens of an app from the moment it is disabled', async () => {
    const id = await client.register();
    const token = await tokenOf(id);
    expect((await visitWith(token)).status).toBe(200);

    await service.app.get(AppRegistry, { strict: false }).disable(id);

    expectOutcome(await visitWith(token), 401, 'login');
  });

  it('refuses the token of an app that is no longer registered', async () => {
    expectOutcome(await visitWith(await forge({ client_id: 'gone', sub: 'gone' })), 401, 'login');
  });

  it('withdraws types and groups with the licence, from tokens that are in use too (SC-05)', async () => {
    const id = await client.register();
    const token = await tokenOf(id);

    await service.dataSource.query(
      "update auth.app set all_groups = false, groups = '{INF-101}', resource_types = '{Patient}' where id = $1",
      [id],
    );

    expect((await visitWith(token)).body).toMatchObject({
      types: ['Patient'],
      groups: ['INF-101'],
    });
  });

  it('withdraws writing with its licence, from tokens that are in use too (SC-05)', async () => {
    const id = await client.register({ fhirWrites: true });
    const token = await tokenOf(id, 'system/Goal.cruds');
    const before = await visitWith(token);

    await service.dataSource.query('update auth.app set fhir_writes = false where id = $1', [id]);

    expect(before.body).toMatchObject({ types: ['Goal'], writes: ['Goal'] });
    expect((await visitWith(token)).body).toMatchObject({ types: ['Goal'], writes: [] });
  });

  it.each(['patient', 'user'])(
    'answers a %s app with 403 and says what to change (System apps only)',
    async (type) => {
      const id = await client.register({ type });

      const response = await visitWith(await forge({ client_id: id, sub: id }));

      expectOutcome(response, 403, 'forbidden');
      expect(JSON.stringify(response.body)).toContain('register a System app with a JWKS');
    },
  );

  it('gives each token a name of its own (jti)', async () => {
    const [one, two] = await Promise.all([tokenOf(client.id), tokenOf(client.id)]);

    expect(decodeJwt(one).jti).not.toBe(decodeJwt(two).jti);
  });

  it('keeps requests at the same time apart', async () => {
    const ids = await Promise.all(Array.from({ length: 5 }, () => client.register()));
    const tokens = await Promise.all(ids.map((id) => tokenOf(id)));

    const seen = await Promise.all(
      Array.from({ length: 50 }, async (_, index) => {
        const response = await visitWith(tokens[index % 5] ?? '');
        return (response.body as { appId: string }).appId === ids[index % 5];
      }),
    );

    expect(seen).not.toContain(false);
  });
});
