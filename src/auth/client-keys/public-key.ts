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

/** What a key of a client's set is to its assertions. */
export type KeyVerdict =
  | { readonly kind: 'good' }
  /** Of another kind or for another purpose: sets are often published for several readers. */
  | { readonly kind: 'foreign'; readonly reason: string }
  /** Private or symmetric material, a missing `kid`, a weak or broken key (RG-05, RG-11). */
  | { readonly kind: 'faulty'; readonly reason: string };

/** Judges a key of a client's set. A secret that is published is a fault, whatever it is for. */
export function judgeKey(key: unknown): KeyVerdict {
  const secret = secretFault(key);
  if (secret !== undefined || !isObject(key)) return faulty(secret ?? 'is not an object');
  const alg = ASSERTION_ALGORITHMS.find((name) => KEY_OF_ALGORITHM[name].kty === key['kty']);
  const reason = alg
    ? foreignTo(key, alg)
    : 'has a "kty" other than RSA (for RS384) and EC (for ES384)';
  if (!alg || reason !== undefined) return { kind: 'foreign', reason: reason ?? '' };
  const fault = soundnessFault(key, alg);
  return fault === undefined ? { kind: 'good' } : faulty(fault);
}

function faulty(reason: string): KeyVerdict {
  return { kind: 'faulty', reason };
}

/**
 * The one key of a published set that a `kid` and an `alg` mean.
 *
 * @returns undefined unless exactly one key that is not foreign to this `alg` has this `kid`, and it is a
 *   sound public key for it (JW-13, RG-11)
 */
export function onlyKey(
  keys: readonly unknown[],
  kid: string,
  alg: SignatureAlgorithm,
): JWK | undefined {
  const [key, ...twins] = keys
    .filter(isObject)
    .filter((candidate) => candidate['kid'] === kid && foreignTo(candidate, alg) === undefined);
  if (!key || twins.length > 0) return undefined;
  const fault = secretFault(key) ?? soundnessFault(key, alg);
  return fault === undefined ? bareKey(key) : undefined; // has just been looked at
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

function secretFault(key: unknown): string | undefined {
  const secret = PRIVATE_MEMBERS.filter((member) => isObject(key) && member in key);
  if (secret.length === 0) return undefined;
  return `holds secret material (${secret.join(', ')}): publish only the public half, and replace this key`;
}

/** Why a key does not mean to verify signatures of `expected`; undefined when it does. */
function foreignTo(key: Members, expected: SignatureAlgorithm): string | undefined {
  const { kty, use, key_ops: ops, alg, crv } = key;
  const own = KEY_OF_ALGORITHM[expected];
  if (kty !== own.kty) return `has a "kty" other than "${own.kty}"`;
  if (use !== undefined && use !== 'sig') return 'has a "use" other than "sig"';
  const verifies = ops === undefined || (Array.isArray(ops) && ops.includes('verify'));
  if (!verifies) return 'has "key_ops" without "verify"';
  if (alg !== undefined && alg !== expected) {
    return `has an "alg" other than "${expected}", the one for its "kty" here`;
  }
  const isOther = own.crv !== undefined && typeof crv === 'string' && crv !== own.crv;
  return isOther ? `is on another curve than ${own.crv}, which ${expected} uses` : undefined;
}

function soundnessFault(key: Members, expected: SignatureAlgorithm): string | undefined {
  if (!isKid(key['kid'])) return 'needs a "kid" of 1 to 255 printable characters';
  return KEY_OF_ALGORITHM[expected].kty === 'RSA' ? rsaFault(key) : ecFault(key);
}

function rsaFault(key: Members): string | undefined {
  const details = parse(key)?.asymmetricKeyDetails;
  if (details?.modulusLength === undefined) return 'is not a valid RSA key (it needs "n" and "e")';
  if (details.modulusLength < MIN_RSA_BITS) return `has fewer than ${MIN_RSA_BITS} bits`;
  if ((details.publicExponent ?? 0n) < 3n) return 'has an unsafe exponent';
  return undefined;
}

function ecFault(key: Members): string | undefined {
  return parse(key)
    ? undefined
    : 'is not a valid EC key (it needs "crv", and "x" and "y" of one point)';
}

function parse(key: Members): KeyObject | undefined {
  try {
    return createPublicKey({ key: key as NodeJsonWebKey, format: 'jwk' });
  } catch {
    // Node says no more than "Invalid JWK data"; the caller names what is expected.
    return undefined;
  }
}
