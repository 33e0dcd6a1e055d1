import { createPublicKey, type JsonWebKey as NodeJsonWebKey, type KeyObject } from 'node:crypto';

import type { JWK } from 'jose';

const PRIVATE_MEMBERS = ['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k'];
const MIN_RSA_BITS = 2048;

/** The algorithms of client assertions, each with the only kind of key that may make it (JW-08). */
export const KEY_TYPE_OF_ALGORITHM = { RS384: 'RSA', ES384: 'EC' } as const;

export type AssertionAlgorithm = keyof typeof KEY_TYPE_OF_ALGORITHM;

/**
 * What keeps a key of a client's set from verifying its assertions (RG-05, RG-11): private or
 * symmetric material, a missing `kid`, a weak or broken key, another purpose.
 *
 * @returns undefined for a good key
 */
export function publicKeyFault(key: unknown): string | undefined {
  if (!isObject(key)) return 'is not an object';
  const secret = PRIVATE_MEMBERS.filter((member) => member in key);
  if (secret.length > 0) {
    return `holds secret material (${secret.join(', ')}): publish only the public half, and replace this key`;
  }
  if (!isKid(key['kid'])) return 'needs a "kid" of 1 to 255 printable characters';
  const purpose = purposeFault(key);
  if (purpose !== undefined) return purpose;
  if (key['kty'] === 'RSA') return algorithmFault(key, 'RS384') ?? rsaFault(key);
  if (key['kty'] === 'EC') return algorithmFault(key, 'ES384') ?? ecFault(key);
  return 'must have the "kty" RSA (for RS384) or EC (for ES384)';
}

/** The bare public key (RG-05): certificates and private extensions are not kept. */
export function bareKey({ kty, kid, alg, use, n, e, crv, x, y }: JWK): JWK {
  const members = { kty, kid, alg, use, n, e, crv, x, y };
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined)); // the members of a JWK, without those that were absent
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isKid(value: unknown): boolean {
  return typeof value === 'string' && /^[^\p{Cc}\p{Cs}]{1,255}$/u.test(value);
}

function purposeFault({
  use,
  key_ops: ops,
}: Readonly<Record<string, unknown>>): string | undefined {
  if (use !== undefined && use !== 'sig') return 'has a "use" other than "sig"';
  const verifies = ops === undefined || (Array.isArray(ops) && ops.includes('verify'));
  return verifies ? undefined : 'has "key_ops" without "verify"';
}

function algorithmFault(
  key: Readonly<Record<string, unknown>>,
  expected: AssertionAlgorithm,
): string | undefined {
  const alg = key['alg'];
  return alg === undefined || alg === expected
    ? undefined
    : `has an "alg" other than "${expected}", the one for its "kty" here`;
}

function rsaFault(key: Readonly<Record<string, unknown>>): string | undefined {
  const details = parse(key)?.asymmetricKeyDetails;
  if (details?.modulusLength === undefined) return 'is not a valid RSA key (it needs "n" and "e")';
  if (details.modulusLength < MIN_RSA_BITS) return `has fewer than ${MIN_RSA_BITS} bits`;
  if ((details.publicExponent ?? 0n) < 3n) return 'has an unsafe exponent';
  return undefined;
}

function ecFault(key: Readonly<Record<string, unknown>>): string | undefined {
  if (key['crv'] !== 'P-384') return 'must be on the curve P-384, which ES384 uses';
  return parse(key) ? undefined : 'is not a valid EC key (it needs "x" and "y" of one point)';
}

function parse(key: Readonly<Record<string, unknown>>): KeyObject | undefined {
  try {
    return createPublicKey({ key: key as NodeJsonWebKey, format: 'jwk' });
  } catch {
    // Node says no more than "Invalid JWK data"; the caller names what is expected.
    return undefined;
  }
}
