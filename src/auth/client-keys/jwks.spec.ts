import type { JWK } from 'jose';

import { generateEcKeys, generateRsaKeys } from '@app/keys';

import { readInlineJwks } from './jwks';

const rsa = generateRsaKeys();
const weakRsa = generateRsaKeys(1024);
const ec = generateEcKeys();
const otherCurve = generateEcKeys('P-256');

const RSA = { ...rsa.publicJwk, kid: 'r1' };
const EC = { ...ec.publicJwk, kid: 'e1' };

const faultsOf = (...keys: readonly unknown[]): readonly string[] => {
  const read = readInlineJwks({ keys });
  return 'faults' in read ? read.faults : [];
};
const keysFrom = (...keys: readonly unknown[]): readonly JWK[] => {
  const read = readInlineJwks({ keys });
  return 'jwks' in read ? read.jwks.keys : [];
};

describe('readInlineJwks', () => {
  it('takes RSA keys from 2048 bits and EC keys on P-384 (RG-02, RG-05)', () => {
    expect(keysFrom(RSA, EC)).toStrictEqual([RSA, EC]);
  });

  it('takes one kid for an RSA and an EC key, which alg tells apart (JW-13)', () => {
    expect(keysFrom(RSA, { ...EC, kid: 'r1' })).toHaveLength(2);
  });

  it('keeps the bare key: no certificates, no members of its own (RG-05)', () => {
    const [key] = keysFrom({ ...EC, alg: 'ES384', use: 'sig', x5c: ['MII'], note: 'x' });

    expect(key).toStrictEqual({ ...EC, alg: 'ES384', use: 'sig' });
  });

  it.each([
    ['a private EC key', { ...ec.privateJwk, kid: 'e1' }, 'secret'],
    ['a private RSA key', { ...rsa.privateJwk, kid: 'r1' }, 'secret'],
    ['a symmetric key', { kty: 'oct', k: 'c2VjcmV0', kid: 's1' }, 'secret'],
    ['a key without kid', { ...EC, kid: undefined }, '"kid"'],
    ['a key with an empty kid', { ...EC, kid: '' }, '"kid"'],
    ['a kid that PostgreSQL cannot store', { ...EC, kid: 'a\u0000b' }, '"kid"'],
    ['a kid that is no text', { ...EC, kid: 7 }, '"kid"'],
    ['an RSA key below 2048 bits', { ...weakRsa.publicJwk, kid: 'w' }, 'fewer than 2048 bits'],
    ['a point that is not on the curve', { ...EC, x: EC.y, y: EC.y }, 'not a valid EC key'],
    ['an RSA key without modulus', { ...RSA, n: undefined }, 'not a valid RSA key'],
    ['an EC key without a curve', { ...EC, crv: undefined }, '"crv"'],
    ['a private key for another purpose', { ...ec.privateJwk, kid: 'e1', use: 'enc' }, 'secret'],
    ['something that is no key', 'key', 'not an object'],
  ])('refuses %s and says which key is at fault (RG-05, RG-11)', (_, key, words) => {
    const faults = faultsOf(RSA, key);

    expect(faults).toHaveLength(1);
    expect(faults[0]).toMatch(/^Key 2 of the JWKS /);
    expect(faults[0]).toContain(words);
  });

  it.each([
    ['on another curve', { ...otherCurve.publicJwk, kid: 'p' }, 'P-384'],
    ['for encryption', { ...EC, use: 'enc' }, '"use"'],
    ['that must not verify', { ...EC, key_ops: ['sign'] }, '"key_ops"'],
    ['with key_ops that are no list', { ...EC, key_ops: 'verify' }, '"key_ops"'],
    ['for another algorithm', { ...RSA, alg: 'RS256' }, '"alg"'],
    ['of another kind', { kty: 'OKP', crv: 'Ed25519', x: 'AA', kid: 'o' }, '"kty"'],
    ['without a kind', { kid: 'n' }, '"kty"'],
    ['without a kid, for encryption', { ...RSA, kid: undefined, use: 'enc' }, '"use"'],
  ])('leaves out a key %s beside a good one, and says so (RG-05)', (_, key, words) => {
    const read = readInlineJwks({ keys: [RSA, key] });

    expect(read).toMatchObject({
      jwks: { keys: [RSA] },
      foreign: [expect.stringMatching(/^Key 2 of the JWKS /)],
    });
    expect('foreign' in read && read.foreign[0]).toContain(words);
    expect(faultsOf(key)).toStrictEqual([
      'The JWKS holds no key for RS384 or ES384.',
      expect.stringContaining(words),
    ]);
  });

  it('never repeats secret material (RG-04)', () => {
    const secret = { ...ec.privateJwk, kid: 'e1' };

    expect(faultsOf(secret).join()).not.toContain(secret.d);
  });

  it('refuses one kid for two keys of one kind (JW-13)', () => {
    expect(faultsOf(EC, { ...EC })).toStrictEqual([
      'The JWKS has the kid "e1" twice among its EC keys.',
    ]);
  });

  it.each([
    ['no object', 'keys'],
    ['a single key', EC],
    ['keys that are no list', { keys: EC }],
    ['nothing', null],
  ])('refuses %s (RG-05)', (_, input) => {
    expect(readInlineJwks(input)).toStrictEqual({
      faults: ['The JWKS must look like {"keys":[…]}.'],
    });
  });

  it('refuses an empty set, which could never verify anything', () => {
    expect(faultsOf()).toStrictEqual(['The JWKS must hold 1 to 100 keys.']);
  });
});
