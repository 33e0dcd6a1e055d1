import { importJWK, type JWK, SignJWT } from 'jose';
import request from 'supertest';

import { generateClientKeys } from '../../libs/smart-client/src';
import { AppRegistry, type Registration } from '../../src/auth';
import type { TestApp } from './app';

/** A System app of a test, with the key that signs its assertions. */
export interface RegisteredApp {
  readonly id: string;
  readonly privateKey: JWK;
  /** A fresh access token. */
  token(scope?: string): Promise<string>;
}

/** Registers a System app with an ES384 key, licensed for everything unless told otherwise. */
export async function registerApp(
  service: TestApp,
  registration: Partial<Registration> = {},
): Promise<RegisteredApp> {
  const keys = await generateClientKeys('ES384');
  const jwks = { keys: keys.jwks.keys.map((key) => ({ ...key, kid: 'test' })) };
  const app = await service.app.get(AppRegistry, { strict: false }).register({
    name: 'Test app',
    type: 'system',
    jwks,
    ...(registration.groups ? {} : { allGroups: true }),
    ...registration,
  });
  const jwk = { ...keys.privateJwk, kid: 'test' };
  return {
    id: app.id,
    privateKey: jwk,
    token: (scope = 'system/*.rs') => fetchToken(service, app.id, jwk, scope),
  };
}

async function fetchToken(
  service: TestApp,
  appId: string,
  jwk: JWK,
  scope: string,
): Promise<string> {
  const tokenUrl = `${service.fhirBase}/auth/token`;
  const now = Math.floor(service.clock.now().getTime() / 1000);
  const assertion = await new SignJWT({})
    .setProtectedHeader({ alg: 'ES384', kid: 'test', typ: 'JWT' })
    .setIssuer(appId)
    .setSubject(appId)
    .setAudience(tokenUrl)
    .setIssuedAt(now)
    .setExpirationTime(now + 240)
    .setJti(crypto.randomUUID())
    .sign(await importJWK(jwk, 'ES384'));
  const answer = await request(service.url)
    .post('/fhir/auth/token')
    .type('form')
    .send({
      grant_type: 'client_credentials',
      scope,
      client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
      client_assertion: assertion,
    })
    .expect(200);
  return (answer.body as { access_token: string }).access_token;
}
