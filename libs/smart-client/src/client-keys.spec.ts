import { compactVerify, createLocalJWKSet, importJWK } from 'jose';

import { clientAssertion } from './client-assertion';
import { type ClientAlgorithm, generateClientKeys } from './client-keys';

const ALGORITHMS: readonly ClientAlgorithm[] = ['ES384', 'RS384'];

describe(generateClientKeys, () => {
  it.each(ALGORITHMS)(
    'makes an %s key whose public half verifies assertions',
    async (algorithm) => {
      const { jwks, privateJwk } = await generateClientKeys(algorithm);
      const jwt = await clientAssertion('app', privateJwk, 'https://ehr.example.org/token');

      const { protectedHeader, payload } = await compactVerify(
        jwt,
        createLocalJWKSet({ keys: [...jwks.keys] }),
      );
      expect(protectedHeader).toMatchObject({ alg: algorithm, typ: 'JWT', kid: privateJwk.kid });
      expect(JSON.parse(Buffer.from(payload).toString())).toMatchObject({
        iss: 'app',
        sub: 'app',
        aud: 'https://ehr.example.org/token',
      });
    },
  );

  it('keeps private members out of the public set', async () => {
    const { jwks, privateJwk } = await generateClientKeys('ES384');

    expect(Object.keys(jwks.keys[0] ?? {}).sort()).toStrictEqual([
      'alg',
      'crv',
      'kid',
      'kty',
      'use',
      'x',
      'y',
    ]);
    await expect(importJWK(privateJwk)).resolves.toBeDefined();
  });

  it('makes a different key each time', async () => {
    const [one, other] = [await generateClientKeys('ES384'), await generateClientKeys('ES384')];

    expect(one.privateJwk.d).not.toBe(other.privateJwk.d);
    expect(one.privateJwk.kid).not.toBe(other.privateJwk.kid);
  });
});

describe(clientAssertion, () => {
  it('refuses a key without kid or alg', async () => {
    const { privateJwk } = await generateClientKeys('ES384');

    await expect(clientAssertion('app', { ...privateJwk, kid: undefined }, 'x')).rejects.toThrow(
      'must carry its alg (ES384 or RS384) and its kid',
    );
  });
});
