import type { Response } from 'supertest';

import { AppRegistry } from '../../src/auth';
import { startTestApp, type TestApp } from '../support/app';
import {
  type AssertionParts,
  type ClientKey,
  expectOAuthError,
  newClientKey,
  requestToken,
  signAssertion,
  tokenFields,
} from '../support/client-assertion';
import { type KeyServer, startKeyServer } from '../support/key-server';

describe('The keys of a client', () => {
  let service: TestApp;
  let apps: AppRegistry;
  let first: ClientKey;
  let second: ClientKey;
  let keyServer: KeyServer;
  let clientId: string;

  beforeAll(async () => {
    service = await startTestApp();
    apps = service.app.get(AppRegistry, { strict: false });
    first = await newClientKey('ES384', 'first');
    second = await newClientKey('RS384', 'second');
  });

  afterAll(() => service.close());

  beforeEach(async () => {
    keyServer = await startKeyServer([first.publicJwk]);
    const app = await apps.register({
      name: 'Client with a JWKS URL',
      type: 'system',
      jwksUrl: keyServer.url,
      allGroups: true,
    });
    clientId = app.id;
  });

  afterEach(() => {
    keyServer.close();
  });

  const ask = async (key: ClientKey, parts: AssertionParts = {}): Promise<Response> =>
    requestToken(service, tokenFields(await signAssertion(service, clientId, key, parts)));

  it('are read from the registered URL, once within its max-age (RG-02, RG-07)', async () => {
    expect((await ask(first)).status).toBe(200);
    expect((await ask(first)).status).toBe(200);
    expect(keyServer.fetches).toBe(1);
  });

  it('are fetched again when their time is over, and gone when no longer published (RG-06, RG-10)', async () => {
    await ask(first);
    keyServer.keys = [second.publicJwk];
    await service.clock.advance(601);

    expectOAuthError(await ask(first), 401, 'invalid_client');
    expect((await ask(second)).status).toBe(200);
  });

  it('are fetched each time when the client says no-store (RG-07)', async () => {
    keyServer.headers = { 'Cache-Control': 'no-store' };

    await ask(first);
    keyServer.keys = [second.publicJwk];

    expect((await ask(second)).status).toBe(200);
    expectOAuthError(await ask(first), 401, 'invalid_client');
    expect(keyServer.fetches).toBe(3);
  });

  it('may rotate: a new kid is looked for at once, then at most once a minute (RG-10)', async () => {
    await ask(first);
    keyServer.keys = [first.publicJwk, second.publicJwk];
    expect((await ask(second)).status).toBe(200);
    expect(keyServer.fetches).toBe(2);

    const third = await newClientKey('ES384', 'third');
    keyServer.keys = [third.publicJwk];
    expectOAuthError(await ask(third), 401, 'invalid_client');
    expect(keyServer.fetches).toBe(2);

    await service.clock.advance(61);
    expect((await ask(third)).status).toBe(200);
    expect(keyServer.fetches).toBe(3);
  });

  it('may be named by a jku that is the registered URL, and by no other (JW-11)', async () => {
    expect((await ask(first, { header: { jku: keyServer.url } })).status).toBe(200);

    const other = await startKeyServer([second.publicJwk]);
    const refused = await ask(second, { header: { jku: other.url } });
    other.close();

    expectOAuthError(refused, 401, 'invalid_client');
    expect(other.fetches).toBe(0);
  });

  it('must be one for kid and kty: a set with two is refused (JW-13)', async () => {
    const twin = await newClientKey('ES384', 'first');
    keyServer.keys = [first.publicJwk, twin.publicJwk];

    expectOAuthError(await ask(first), 401, 'invalid_client');
  });

  it('are found beside foreign ones, of the same kid even (JW-13)', async () => {
    const { publicJwk } = first;
    keyServer.keys = [
      { ...publicJwk, use: 'enc' },
      { ...publicJwk, alg: 'ES256' },
      { kty: 'OKP', crv: 'Ed25519', kid: 'first', x: 'AA' },
      { kty: 'oct', kid: 'other', k: 'AA' },
      'no key',
      publicJwk,
    ] as (typeof publicJwk)[];

    expect((await ask(first)).status).toBe(200);
  });

  it('may share a kid between an RSA and an EC key (JW-13)', async () => {
    const rsa = await newClientKey('RS384', 'first');
    keyServer.keys = [first.publicJwk, rsa.publicJwk];

    expect((await ask(first)).status).toBe(200);
    expect((await ask(rsa)).status).toBe(200);
  });

  it.each([
    ['with their private half', () => first.privateJwk],
    ['for encryption', () => ({ ...first.publicJwk, use: 'enc' })],
    ['for another algorithm', () => ({ ...first.publicJwk, alg: 'ES256' })],
  ])('are refused when they are published %s (RG-11)', async (_, published) => {
    keyServer.keys = [published()];

    expectOAuthError(await ask(first), 401, 'invalid_client');
  });

  it.each([
    ['answers with an error', { status: 500 }],
    ['redirects', { status: 302, headers: { Location: 'http://127.0.0.1:1/' } }],
    ['sends too much', { headers: { 'X-Padding': 'x' }, keys: [{ kid: 'x'.repeat(300_000) }] }],
  ])('cannot be had when their server %s: invalid_client (RG-11)', async (_, behaviour) => {
    Object.assign(keyServer, behaviour);

    expectOAuthError(await ask(first), 401, 'invalid_client');
  });

  it('cannot be had when their server is away: invalid_client', async () => {
    keyServer.close();

    expectOAuthError(await ask(first), 401, 'invalid_client');
  });

  it('may be replaced by the operator; the old ones stop working at once (RG-10)', async () => {
    await ask(first);

    await apps.rotateKeys(clientId, { jwks: { keys: [second.publicJwk] } });

    expectOAuthError(await ask(first), 401, 'invalid_client');
    expect((await ask(second)).status).toBe(200);
  });
});

describe('The keys of a client, where private addresses are not allowed,', () => {
  let service: TestApp;

  beforeAll(async () => {
    service = await startTestApp({ JWKS_ALLOW_PRIVATE_ADDRESSES: 'false' });
  });

  afterAll(() => service.close());

  it('are never fetched from this machine, by name or by address (RG-11)', async () => {
    const key = await newClientKey();
    const keyServer = await startKeyServer([key.publicJwk]);
    const { port } = new URL(keyServer.url);
    const hosts = [
      'http://127.0.0.1',
      'https://127.0.0.1',
      'https://localhost',
      'http://localhost',
    ];
    // Rows that an earlier, laxer configuration let in.
    for (const [index, host] of hosts.entries()) {
      await service.dataSource.query(
        "insert into auth.app (id, name, type, jwks_url, all_groups) values ($1, 'x', 'system', $2, true)",
        [`ssrf-${index}`, `${host}:${port}/jwks.json`],
      );
    }

    for (const index of hosts.keys()) {
      const assertion = await signAssertion(service, `ssrf-${index}`, key);
      const response = await requestToken(service, tokenFields(assertion));
      expectOAuthError(response, 401, 'invalid_client');
    }
    keyServer.close();

    expect(keyServer.fetches).toBe(0);
  });

  it('are refused, and no more, when the host of the URL is gone: the resolver is the real one (RG-11)', async () => {
    const key = await newClientKey();
    const jwksUrl = 'https://jwks.gone.invalid/k';
    const apps = service.app.get(AppRegistry, { strict: false });
    const { id } = await apps.register({ name: 'Gone', type: 'system', jwksUrl, allGroups: true });

    const assertion = await signAssertion(service, id, key);

    expectOAuthError(await requestToken(service, tokenFields(assertion)), 401, 'invalid_client');
  });
});
