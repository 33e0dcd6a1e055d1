import { importJWK, SignJWT } from 'jose';
import request, { type Response } from 'supertest';

import { generateEcKeys } from '../../libs/keys/src';
import { AppRegistry } from '../../src/auth';
import { startTestApp, type TestApp } from '../support/app';
import {
  type ClientKey,
  newClientKey,
  newTokenClient,
  type TokenClient,
} from '../support/client-assertion';
import { type KeyServer, startKeyServer } from '../support/key-server';

const ISSUER = 'https://login.example.org/realms/ehr/';
const OPERATOR = 'an-operators-token-of-40-characters-0000';

interface TokenParts {
  readonly claims?: Readonly<Record<string, unknown>>;
  readonly header?: Readonly<Record<string, unknown>>;
  readonly key?: ClientKey;
}

function p256Key(kid: string): ClientKey {
  const { publicJwk, privateJwk } = generateEcKeys('P-256');
  return {
    alg: 'ES256',
    kid,
    publicJwk: { ...publicJwk, kid },
    privateJwk: { ...privateJwk, kid },
  };
}

describe('Tokens of a trusted issuer', () => {
  const es256 = p256Key('p256');
  let es384: ClientKey;
  let rsa: ClientKey;
  let keyServer: KeyServer;
  let service: TestApp;
  let client: TokenClient;

  beforeAll(async () => {
    es384 = await newClientKey('ES384', 'p384');
    rsa = await newClientKey('RS384', 'rsa');
    keyServer = await startKeyServer([es256.publicJwk, es384.publicJwk, rsa.publicJwk]);
    service = await startTestApp({
      TRUSTED_ISSUER: ISSUER,
      TRUSTED_ISSUER_JWKS_URL: keyServer.url,
      TRUSTED_ISSUER_AUDIENCE: 'ehr-api',
      TRUSTED_ISSUER_CLIENT_CLAIM: 'azp',
      TRUSTED_ISSUER_SCOPE_CLAIM: 'scp',
      ADMIN_TOKEN: OPERATOR,
    });
    service.clock.stop();
    client = await newTokenClient(service);
  });

  afterAll(async () => {
    await service.close();
    keyServer.close();
  });

  const sign = async ({ claims, header, key = es384 }: TokenParts = {}): Promise<string> =>
    new SignJWT({
      iss: ISSUER,
      aud: 'ehr-api',
      azp: client.id,
      scp: 'openid system/Group.rs system/Patient.read',
      iat: client.now(),
      exp: client.now() + 300,
      ...claims,
    })
      .setProtectedHeader({ alg: key.alg, kid: key.kid, typ: 'JWT', ...header })
      .sign(await importJWK(key.privateJwk, (header?.['alg'] ?? key.alg) as string));
  const visit = (token: string): Promise<Response> =>
    request(service.url)
      .get('/fhir/Group')
      .auth(token, { type: 'bearer' })
      .then((answer) => answer);
  const expectInvalid = (response: Response, code = 'login'): void => {
    expect([response.status, response.body]).toMatchObject([401, { issue: [{ code }] }]);
    expect(response.headers['www-authenticate']).toMatch(/^Bearer error="invalid_token"/);
  };

  it.each([
    ['ES384', () => ({ key: es384 })],
    ['RS384', () => ({ key: rsa })],
    ['ES256', () => ({ key: es256 })],
    ['RS256', () => ({ key: rsa, header: { alg: 'RS256' } })],
    ['ES384, of type at+jwt', () => ({ header: { typ: 'at+jwt' } })],
    ['ES384, of no type', () => ({ header: { typ: undefined } })],
    ['ES384, for several audiences', () => ({ claims: { aud: ['other', 'ehr-api'] } })],
    ['ES384, scopes in a list', () => ({ claims: { scp: ['openid', 'system/Group.rs'] } })],
    ['ES384, just expired by our clock', () => ({ claims: { exp: client.now() - 50 } })],
    ['ES384, valid in a moment by our clock', () => ({ claims: { nbf: client.now() + 50 } })],
  ] as const)('are taken: %s (TK-07)', async (_, parts) => {
    expect((await visit(await sign(parts()))).status).toBe(200);
  });

  it.each([
    ['of another issuer', { iss: 'https://login.example.org/realms/ehr' }],
    ['for another audience', { aud: 'other-api' }],
    ['for no audience', { aud: undefined }],
    ['without end', { exp: undefined }],
    ['not valid yet', { nbf: 9_999_999_999 }],
    ['issued in the future', { iat: 9_999_999_999 }],
    ['with an nbf that is no number', { nbf: 'now' }],
    ['without client', { azp: undefined }],
    ['of a client in another claim', { azp: undefined, client_id: 'x' }],
    ['without scopes', { scp: undefined }],
    ['with scopes that are no texts', { scp: [1] }],
    ['of a client that is not registered here', { azp: 'nobody' }],
  ])('are refused: %s (TK-07)', async (_, claims) => {
    expectInvalid(await visit(await sign({ claims })));
  });

  it('are refused when they have expired, and told so (TK-07)', async () => {
    expectInvalid(await visit(await sign({ claims: { exp: client.now() - 61 } })), 'expired');
  });

  it.each([
    ['an unknown kid', { kid: 'other' }],
    ['no kid', { kid: undefined }],
    ['the kid of a key of another kind', { kid: 'rsa' }],
    ['the kid of a key on another curve', { kid: 'p256' }],
    ['the type of an ID token of some servers', { typ: 'ID' }],
  ])('are refused: with %s (JW-13, TK-07)', async (_, header) => {
    expectInvalid(await visit(await sign({ header })));
  });

  it('are refused: signed by somebody else, with a shared secret, or not at all (TK-07)', async () => {
    const stranger = await newClientKey('ES384', 'p384');
    const [, claims = ''] = (await sign()).split('.');
    const part = (value: object): string =>
      Buffer.from(JSON.stringify(value)).toString('base64url');
    const hmac = await new SignJWT({
      iss: ISSUER,
      aud: 'ehr-api',
      azp: client.id,
      scp: 'system/*.rs',
    })
      .setProtectedHeader({ alg: 'HS256', kid: 'rsa', typ: 'JWT' })
      .setExpirationTime(client.now() + 60)
      .sign(new TextEncoder().encode(JSON.stringify(rsa.publicJwk)));

    expectInvalid(await visit(await sign({ key: stranger })));
    expectInvalid(await visit(hmac));
    expectInvalid(await visit(`${part({ alg: 'none', kid: 'p384' })}.${claims}.`));
  });

  it('give what scopes and the licence here both cover (SC-05, SEC-12)', async () => {
    const id = await client.register({ allGroups: false, groups: ['INF-1'] });
    const patients = await sign({ claims: { azp: id, scp: 'system/Patient.rs' } });
    const groups = await sign({ claims: { azp: id, scp: 'system/Group.rs user/*.rs' } });

    expect((await visit(patients)).status).toBe(403);
    expect((await visit(groups)).body).toMatchObject({ resourceType: 'Bundle', total: 0 });
  });

  it('grant no more than a token of this service would: rows by a search, and nothing that is unknown (SC-02, SC-04, SC-07)', async () => {
    const scope = [
      'system/Observation.rs?category=laboratory',
      'system/Observation.rs?unknown=x',
      'system/Goal.r',
      'patient/Patient.rs',
      'system/Group.rs',
    ];
    const introspected = await request(service.url)
      .post('/fhir/auth/introspect')
      .auth(OPERATOR, { type: 'bearer' })
      .type('form')
      .send({ token: await sign({ claims: { scp: scope } }) });

    expect(introspected.body).toMatchObject({
      scope: 'system/Observation.rs?category=laboratory system/Group.rs',
    });
  });

  it('follow the issuer’s keys: a new one is looked for, one that is gone is not taken (RG-10)', async () => {
    const next = await newClientKey('ES384', 'next');
    await visit(await sign());
    await service.clock.advance(61);

    keyServer.keys = [next.publicJwk];
    expect((await visit(await sign({ key: next }))).status).toBe(200);
    expectInvalid(await visit(await sign()));

    keyServer.keys = [es256.publicJwk, es384.publicJwk, rsa.publicJwk];
    await service.clock.advance(61);
    expect((await visit(await sign())).status).toBe(200);
  });

  it('end with the app here, and are for System apps alone (SEC-04)', async () => {
    const disabled = await client.register();
    await service.app.get(AppRegistry, { strict: false }).disable(disabled);
    const patientApp = await client.register({ type: 'patient' });

    expectInvalid(await visit(await sign({ claims: { azp: disabled } })));
    expect((await visit(await sign({ claims: { azp: patientApp } }))).status).toBe(403);
  });

  it('are taken beside our own tokens, and known to introspection (TK-07)', async () => {
    const own = ((await client.ask()).body as { access_token: string }).access_token;
    const introspected = await request(service.url)
      .post('/fhir/auth/introspect')
      .auth(OPERATOR, { type: 'bearer' })
      .type('form')
      .send({ token: await sign() });

    expect((await visit(own)).status).toBe(200);
    expect(introspected.body).toMatchObject({
      active: true,
      client_id: client.id,
      iss: ISSUER,
      scope: 'system/Group.rs system/Patient.read',
    });
  });

  it('need no fetch of keys when they cannot be the issuer’s, and one at most otherwise (RG-07)', async () => {
    await visit(await sign());
    const before = keyServer.fetches;

    await visit(await sign({ claims: { iss: 'https://other.example' }, header: { kid: 'x1' } }));
    await visit(await sign());
    await visit('garbage');

    expect(keyServer.fetches).toBe(before);
  });
});

describe('A service that leaves tokens to a trusted issuer', () => {
  let service: TestApp;

  beforeAll(async () => {
    service = await startTestApp({
      TRUSTED_ISSUER: ISSUER,
      TRUSTED_ISSUER_JWKS_URL: 'https://login.example.org/jwks',
      TRUSTED_ISSUER_TOKEN_URL: 'https://login.example.org/token',
      TOKEN_ENDPOINT_ENABLED: 'false',
    });
  });

  afterAll(() => service.close());

  it('says where to get them, in discovery and in the CapabilityStatement (SM-03, SM-04, SM-10)', async () => {
    const smart = await request(service.url).get('/fhir/.well-known/smart-configuration');
    const metadata = await request(service.url).get('/fhir/metadata');

    expect(smart.body).toMatchObject({ token_endpoint: 'https://login.example.org/token' });
    expect(JSON.stringify(metadata.body)).toContain(
      '{"url":"token","valueUri":"https://login.example.org/token"}',
    );
  });

  it('issues none itself', async () => {
    const client = await newTokenClient(service);

    const answer = await client.ask();

    expect([answer.status, answer.body]).toMatchObject([404, { resourceType: 'OperationOutcome' }]);
  });
});
