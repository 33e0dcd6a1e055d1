import { decodeJwt } from 'jose';
import request, { type Response } from 'supertest';

import { AppRegistry } from '../../src/auth';
import { startTestApp, type TestApp } from '../support/app';
import {
  type AssertionParts,
  expectOAuthError,
  newTokenClient,
  postForm,
  requestToken,
  type TokenClient,
  tokenFields,
} from '../support/client-assertion';

const PATH = '/fhir/auth/introspect';
const OPERATOR = 'an-operators-token-of-40-characters-0000';

describe('The introspection endpoint', () => {
  let service: TestApp;
  let client: TokenClient;
  let token: string;

  beforeAll(async () => {
    service = await startTestApp({ ADMIN_TOKEN: OPERATOR });
    client = await newTokenClient(service);
    token = await tokenOf(client.id);
  });

  afterAll(() => service.close());

  const tokenOf = async (
    id: string,
    scope = 'system/Patient.rs system/Group.rs',
  ): Promise<string> => {
    const answer = await requestToken(service, tokenFields(await client.sign({}, id), { scope }));
    return (answer.body as { access_token: string }).access_token;
  };
  const form = async (
    about: string,
    id = client.id,
    parts: AssertionParts = {},
  ): Promise<Readonly<Record<string, string | undefined>>> => ({
    client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
    client_assertion: await client.sign(parts, id),
    token: about,
  });
  const ask = async (about: string, id?: string, parts?: AssertionParts): Promise<Response> =>
    postForm(service, PATH, await form(about, id, parts));
  const askAsOperator = (about: string, credential = OPERATOR): Promise<Response> =>
    request(service.url)
      .post(PATH)
      .auth(credential, { type: 'bearer' })
      .type('form')
      .send({ token: about });

  it('tells a client what its own token is good for, never cached (TK-07, SM-09)', async () => {
    const response = await ask(token);

    const { exp, iat, jti } = decodeJwt(token);
    expect(response.status).toBe(200);
    expect(response.body).toStrictEqual({
      active: true,
      scope: 'system/Patient.rs system/Group.rs',
      client_id: client.id,
      token_type: 'bearer',
      sub: client.id,
      iss: service.fhirBase,
      aud: service.fhirBase,
      exp,
      iat,
      jti,
    });
    expect(response.headers['cache-control']).toBe('no-store');
  });

  it('takes assertions for its own address and for the token endpoint, and for no other (JW-06)', async () => {
    const own = await ask(token, client.id, {
      claims: { aud: `${service.fhirBase}/auth/introspect` },
    });
    const other = await ask(token, client.id, { claims: { aud: service.fhirBase } });

    expect(own.body).toMatchObject({ active: true });
    expectOAuthError(other, 401, 'invalid_client');
  });

  it('takes an assertion once, here and at the token endpoint together (JW-09)', async () => {
    const fields = await form(token);

    expect((await postForm(service, PATH, fields)).status).toBe(200);
    expectOAuthError(await postForm(service, PATH, fields), 401, 'invalid_client');
    expectOAuthError(
      await requestToken(service, tokenFields(fields['client_assertion'] ?? '')),
      401,
      'invalid_client',
    );
  });

  it("says of another client's token only that it is not active (TK-07)", async () => {
    const other = await client.register();

    expect((await ask(token, other)).body).toStrictEqual({ active: false });
  });

  it('tells operators of every token (TK-07)', async () => {
    expect((await askAsOperator(token)).body).toMatchObject({ active: true, client_id: client.id });
  });

  it.each([
    ['garbage', 'garbage'],
    ['something like a token', 'a.b.c'],
    ['something long', 'x'.repeat(5000)],
  ])('says of %s only that it is not active (TK-07)', async (_, about) => {
    expect((await askAsOperator(about)).body).toStrictEqual({ active: false });
  });

  it('says the same of an assertion, which is no access token (TK-07)', async () => {
    expect((await askAsOperator(await client.sign())).body).toStrictEqual({ active: false });
  });

  it('says the same of the token of an app that was disabled since (TK-07)', async () => {
    const id = await client.register();
    const given = await tokenOf(id);
    expect((await askAsOperator(given)).body).toMatchObject({ active: true });

    await service.app.get(AppRegistry, { strict: false }).disable(id);

    expect((await askAsOperator(given)).body).toStrictEqual({ active: false });
  });

  it('refuses those who do not prove who they are (RFC 7662 §2.1)', async () => {
    expectOAuthError(await askAsOperator(token, 'x'.repeat(40)), 401, 'invalid_client');
    expectOAuthError(await ask(token, 'nobody'), 401, 'invalid_client');
    expectOAuthError(await postForm(service, PATH, { token }), 400, 'invalid_request');
    // An access token is no credential here.
    expectOAuthError(await askAsOperator(token, token.slice(0, 500)), 401, 'invalid_client');
  });

  it('refuses a form without a token, with two, or that is none, in the words of OAuth (RFC 7662 §2.3)', async () => {
    const fields = await form(token);

    expectOAuthError(
      await postForm(service, PATH, { ...fields, token: undefined }),
      400,
      'invalid_request',
    );
    const twice = new URLSearchParams(fields as Record<string, string>);
    twice.append('token', token);
    const repeated = await request(service.url).post(PATH).type('form').send(twice.toString());
    expectOAuthError(repeated, 400, 'invalid_request');
    expectOAuthError(await request(service.url).post(PATH).send({ token }), 400, 'invalid_request');
    expectOAuthError(await request(service.url).get(PATH).query({ token }), 405, 'invalid_request');
  });

  it('says of a token that has expired only that it is not active (TK-07)', async () => {
    await service.clock.advance(301);

    expect((await ask(token)).body).toStrictEqual({ active: false });
  });
});
