import { decodeProtectedHeader } from 'jose';
import request, { type Response } from 'supertest';

import { generateClientKeys } from '../../libs/smart-client/src';
import { startReplica, startTestApp, type TestApp } from '../support/app';
import {
  expectOAuthError,
  newTokenClient,
  requestToken,
  type TokenClient,
  tokenFields,
} from '../support/client-assertion';

const signingKey = async (kid: string): Promise<object> => ({
  ...(await generateClientKeys('ES384')).privateJwk,
  kid,
});

describe('Two api processes on one database', () => {
  const keys = (...list: readonly object[]): Readonly<Record<string, string>> => ({
    TOKEN_SIGNING_KEYS: JSON.stringify({ keys: list }),
  });
  let first: TestApp;
  let second: TestApp;
  let client: TokenClient;

  beforeAll(async () => {
    const [oldKey, newKey] = [await signingKey('old'), await signingKey('new')];
    // In the middle of a rotation: the second process signs with the new key already.
    first = await startTestApp({ ...keys(oldKey, newKey), TOKEN_LIFETIME_SECONDS: '120' });
    second = await startReplica(first, {
      ...keys(newKey, oldKey),
      TOKEN_LIFETIME_SECONDS: '300',
    });
    client = await newTokenClient(first);
  });

  afterAll(async () => {
    await second.close();
    await first.close();
  });

  it('let exactly one of many simultaneous uses of one assertion through (JW-09, JW-16)', async () => {
    const fields = tokenFields(await client.sign());

    const answers = await Promise.all(
      Array.from({ length: 24 }, (_, index) => requestToken(index % 2 ? first : second, fields)),
    );

    const refused = answers.filter(({ status }) => status !== 200);
    expect(refused).toHaveLength(23);
    for (const answer of refused) expectOAuthError(answer, 401, 'invalid_client');
  });

  it('know what the other has seen, for as long as it could be used again (JW-09)', async () => {
    const fields = tokenFields(await client.sign({ claims: { exp: client.now() + 300 } }));
    expect((await requestToken(first, fields)).status).toBe(200);

    await first.clock.advance(355);

    expectOAuthError(await requestToken(second, fields), 401, 'invalid_client');
  });

  it('issue tokens for as long as each is told to, and take them no longer (TK-02)', async () => {
    const tokenOf = async (
      service: TestApp,
    ): Promise<{ readonly access_token: string; readonly expires_in: number }> =>
      (await requestToken(service, tokenFields(await client.sign()))).body as {
        access_token: string;
        expires_in: number;
      };
    const [short, long] = [await tokenOf(first), await tokenOf(second)];
    const visit = async ({ access_token: token }: typeof short): Promise<number> =>
      (await request(second.url).get('/fhir/Group').auth(token, { type: 'bearer' })).status;

    expect([short.expires_in, long.expires_in]).toStrictEqual([120, 300]);
    expect([await visit(short), await visit(long)]).toStrictEqual([200, 200]);
    await first.clock.advance(121);
    expect([await visit(short), await visit(long)]).toStrictEqual([401, 200]);
  });

  it('take the tokens of each other while signing keys rotate, and publish both keys (TK-07)', async () => {
    const tokenOf = async (service: TestApp): Promise<string> => {
      const answer = await requestToken(service, tokenFields(await client.sign()));
      return (answer.body as { access_token: string }).access_token;
    };
    const visit = (service: TestApp, token: string): Promise<Response> =>
      request(service.url).get('/fhir/Group').auth(token, { type: 'bearer' });

    const [old, fresh] = [await tokenOf(first), await tokenOf(second)];
    const statuses = [
      await visit(first, fresh),
      await visit(second, old),
      await visit(first, old),
      await visit(second, fresh),
    ].map(({ status }) => status);
    const published = await request(second.url).get('/fhir/auth/jwks');

    expect([old, fresh].map((token) => decodeProtectedHeader(token).kid)).toStrictEqual([
      'old',
      'new',
    ]);
    expect(statuses).toStrictEqual([200, 200, 200, 200]);
    expect((published.body as { keys: readonly object[] }).keys).toMatchObject([
      { kid: 'new' },
      { kid: 'old' },
    ]);
  });
});
