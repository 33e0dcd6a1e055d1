import { randomUUID } from 'node:crypto';

import { importJWK, type JWK, SignJWT } from 'jose';
import request, { type Response } from 'supertest';

import { type ClientAlgorithm, generateClientKeys } from '../../libs/smart-client/src';
import { AppRegistry, type Registration } from '../../src/auth';
import type { TestApp } from './app';

/** A key pair of a client, both halves as JWKs. */
export interface ClientKey {
  readonly alg: string;
  readonly kid: string;
  readonly publicJwk: JWK;
  readonly privateJwk: JWK;
}

export interface AssertionParts {
  readonly header?: Readonly<Record<string, unknown>>;
  /** Replaces or adds claims; undefined leaves a claim out. */
  readonly claims?: Readonly<Record<string, unknown>>;
}

/** Bare keys: `kid`, and nothing of what they are for. */
export async function newClientKey(alg: ClientAlgorithm = 'ES384', kid = 'k1'): Promise<ClientKey> {
  const { jwks, privateJwk } = await generateClientKeys(alg);
  const bare = (jwk: JWK | undefined): JWK => ({ ...jwk, alg: undefined, use: undefined, kid });
  return { alg, kid, publicJwk: bare(jwks.keys[0]), privateJwk: bare(privateJwk) };
}

/** A valid client assertion (JW-05, JW-06), but for what the test changes. */
export async function signAssertion(
  { fhirBase, clock }: TestApp,
  clientId: string,
  key: ClientKey,
  { header, claims }: AssertionParts = {},
): Promise<string> {
  const now = Math.floor(clock.now().getTime() / 1000);
  const payload = {
    iss: clientId,
    sub: clientId,
    aud: `${fhirBase}/auth/token`,
    exp: now + 240,
    jti: randomUUID(),
    ...claims,
  };
  return new SignJWT(payload)
    .setProtectedHeader({ alg: key.alg, kid: key.kid, typ: 'JWT', ...header })
    .sign(await importJWK(key.privateJwk, key.alg));
}

/** The form of a token request; undefined leaves a field out. */
export function tokenFields(
  assertion: string,
  changes: Readonly<Record<string, string | readonly string[] | undefined>> = {},
): Readonly<Record<string, string | readonly string[] | undefined>> {
  return {
    grant_type: 'client_credentials',
    client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
    client_assertion: assertion,
    scope: 'system/*.rs',
    ...changes,
  };
}

/** Posts a form to the token endpoint, as a client would. */
export async function requestToken(
  service: Pick<TestApp, 'url'>,
  fields: ReturnType<typeof tokenFields>,
): Promise<Response> {
  return postForm(service, '/fhir/auth/token', fields);
}

/** Posts a form; the values of a list are sent one by one under the same name. */
export async function postForm(
  service: Pick<TestApp, 'url'>,
  path: string,
  fields: Readonly<Record<string, string | readonly string[] | undefined>>,
): Promise<Response> {
  const form = new URLSearchParams();
  for (const [name, value] of Object.entries(fields)) {
    for (const text of typeof value === 'string' ? [value] : (value ?? [])) form.append(name, text);
  }
  return request(service.url).post(path).type('form').send(form.toString());
}

/** A registered System app with an ES384 key `ec` and an RS384 key `rsa`, and what tests do with it. */
export interface TokenClient {
  readonly id: string;
  readonly ec: ClientKey;
  readonly rsa: ClientKey;
  /** Registers one more app with the same keys. */
  register(registration?: Partial<Registration>): Promise<string>;
  sign(parts?: AssertionParts, id?: string, key?: ClientKey): Promise<string>;
  /** A token request with a new assertion. */
  ask(parts?: AssertionParts, fields?: Readonly<Record<string, string>>): Promise<Response>;
  /** Seconds since 1970 by the clock of the service. */
  now(): number;
}

export async function newTokenClient(service: TestApp): Promise<TokenClient> {
  const ec = await newClientKey('ES384', 'ec');
  const rsa = await newClientKey('RS384', 'rsa');
  const register = async (registration: Partial<Registration> = {}): Promise<string> => {
    const app = await service.app.get(AppRegistry, { strict: false }).register({
      name: 'Client',
      type: 'system',
      jwks: { keys: [ec.publicJwk, rsa.publicJwk] },
      allGroups: true,
      ...registration,
    });
    return app.id;
  };
  const id = await register();
  const sign = (parts: AssertionParts = {}, clientId = id, key = ec): Promise<string> =>
    signAssertion(service, clientId, key, parts);
  return {
    id,
    ec,
    rsa,
    register,
    sign,
    ask: async (parts, fields) => requestToken(service, tokenFields(await sign(parts), fields)),
    now: () => Math.floor(service.clock.now().getTime() / 1000),
  };
}

/** An error of RFC 6749 §5.2 that no cache keeps (TK-05, TK-06). */
export function expectOAuthError(response: Response, status: number, error: string): void {
  expect([response.status, response.body]).toStrictEqual([
    status,
    // The characters of RFC 6749 §5.2.
    { error, error_description: expect.stringMatching(/^[ !#-[\]-~]+$/) as string },
  ]);
  // RFC 9110 §11.6.1
  expect('www-authenticate' in response.headers).toBe(status === 401);
  expect(response.headers['content-type']).toMatch(/^application\/json/);
  expect(response.headers['cache-control']).toBe('no-store');
  expect(response.headers['pragma']).toBe('no-cache');
}
