import { createPublicKey, type JsonWebKey as NodeJsonWebKey, type KeyObject } from 'node:crypto';

import type { JWK } from 'jose';

const PRIVATE_MEMBERS = ['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k'];
const MIN_RSA_BITS = 2048;

/** Each algorithm with the only kind of key that may make its signatures. */
const KEY_OF_ALGORITHM = {
  RS256: { kty: 'RSA', crv: undefined },
  RS384: { kty: 'RSA', crv: undefined },
  ES256: { kty: 'EC', crv: 'P-256' },
  ES384: { kty: 'EC', crv: 'P-384' },
} as const;

export type SignatureAlgorithm = keyof typeof KEY_OF_ALGORITHM;

export const SIGNATURE_ALGORITHMS = Object.keys(KEY_OF_ALGORITHM) as readonly SignatureAlgorithm[];

export function isSignatureAlgorithm(alg: unknown): alg is SignatureAlgorithm {
  return SIGNATURE_ALGORITHMS.some((known) => known === alg);
}

/** The algorithms of client assertions (JW-08). */
export const ASSERTION_ALGORITHMS = ['RS384', 'ES384'] as const;

export type AssertionAlgorithm = (typeof ASSERTION_ALGORITHMS)[number];

/**
 * What keeps a key of a client's set from verifying its assertions (RG-05, RG-11): private or
 * symmetric material, a missing `kid`, a weak or broken key, another purpose.
 *
 * @returns undefined for a good key
 */
export function publicKeyFault(key: unknown): string | undefined {
  const fault = materialFault(key);
  if (fault !== undefined || !isObject(key)) return fault;
  const alg = ASSERTION_ALGORITHMS.find((name) => KEY_OF_ALGORITHM[name].kty === key['kty']);
  if (!alg) return 'must have the "kty" RSA (for RS384) or EC (for ES384)';
  return algorithmFault(key, alg);
}

/**
 * The one key of a published set that a `kid` and an `alg` mean.
 *
 * @returns undefined unless exactly one key has this `kid` and the `kty` of this `alg`, and it is a
 *   sound public key for it (JW-13, RG-11)
 */
export function onlyKey(
  keys: readonly unknown[],
  kid: string,
  alg: SignatureAlgorithm,
): JWK | undefined {
  const [key, ...twins] = keys.filter((candidate): candidate is JWK => {
    const { kid: name, kty } = (candidate ?? {}) as Partial<JWK>;
    return name === kid && kty === KEY_OF_ALGORITHM[alg].kty;
  });
  if (!key || twins.length > 0 || materialFault(key) !== undefined || !isObject(key)) {
    return undefined;
  }
  return algorithmFault(key, alg) === undefined ? bareKey(key) : undefined;
}

/** The bare public key (RG-05): certificates and private extensions are not kept. */
export function bareKey({ kty, kid, alg, use, n, e, crv, x, y }: JWK): JWK {
  const members = { kty, kid, alg, use, n, e, crv, x, y };
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined)); // the members of a JWK, without those that were absent
}

type Members = Readonly<Record<string, unknown>>;

function isObject(value: unknown): value is Members {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isKid(value: unknown): boolean {
  return typeof value === 'string' && /^[^\p{Cc}\p{Cs}]{1,255}$/u.test(value);
}

function materialFault(key: unknown): string | undefined {
  if (!isObject(key)) return 'is not an object';
  const secret = PRIVATE_MEMBERS.filter((member) => member in key);
  if (secret.length > 0) {
    return `holds secret material (${secret.join(', ')}): publish only the public half, and replace this key`;
  }
  if (!isKid(key['kid'])) return 'needs a "kid" of 1 to 255 printable characters';
  return purposeFault(key);
}

function purposeFault({ use, key_ops: ops }: Members): string | undefined {
  if (use !== undefined && use !== 'sig') return 'has a "use" other than "sig"';
  const verifies = ops === undefined || (Array.isArray(ops) && ops.includes('verify'));
  return verifies ? undefined : 'has "key_ops" without "verify"';
}

function algorithmFault(key: Members, expected: SignatureAlgorithm): string | undefined {
  const { alg } = key;
  if (alg !== undefined && alg !== expected) {
    return `has an "alg" other than "${expected}", the one for its "kty" here`;
  }
  const { crv } = KEY_OF_ALGORITHM[expected];
  return crv === undefined ? rsaFault(key) : ecFault(key, expected, crv);
}

function rsaFault(key: Members): string | undefined {
  const details = parse(key)?.asymmetricKeyDetails;
  if (details?.modulusLength === undefined) return 'is not a valid RSA key (it needs "n" and "e")';
  if (details.modulusLength < MIN_RSA_BITS) return `has fewer than ${MIN_RSA_BITS} bits`;
  if ((details.publicExponent ?? 0n) < 3n) return 'has an unsafe exponent';
  return undefined;
}

function ecFault(key: Members, alg: SignatureAlgorithm, crv: string): string | undefined {
  if (key['crv'] !== crv) return `must be on the curve ${crv}, which ${alg} uses`;
  return parse(key) ? undefined : 'is not a valid EC key (it needs "x" and "y" of one point)';
}

function parse(key: Members): KeyObject | undefined {
  try {
    return createPublicKey({ key: key as NodeJsonWebKey, format: 'jwk' });
  } catch {
    // Node says no more than "Invalid JWK data"; the caller names what is expected.
    return undefined;
  }
}
