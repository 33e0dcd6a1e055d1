/* oxlint-disable no-restricted-imports -- the one place that may */
import { generateKeyPairSync } from 'node:crypto';

import type { JWK } from 'jose';

/** Both halves as bare JSON Web Keys: without `kid`, `alg` and `use`. */
export interface KeyPair {
  readonly publicJwk: JWK;
  readonly privateJwk: JWK;
}

/** A fresh pair on an elliptic curve, by its name in RFC 7518 §6.2.1.1. */
export function generateEcKeys(namedCurve: 'P-256' | 'P-384' = 'P-384'): KeyPair {
  return generate('ec', { namedCurve });
}

/** A fresh RSA pair. */
export function generateRsaKeys(modulusLength = 2048): KeyPair {
  return generate('rsa', { modulusLength });
}

/** The typings of Node 20 do not know the encoding as JWK, which Node has had since 15.9. */
const generatePair = generateKeyPairSync as unknown as (
  type: 'ec' | 'rsa',
  options: object,
) => { publicKey: JWK; privateKey: JWK };

/**
 * Asks for JWK at once. A KeyObject of the pair shares a lock with the job that made it, and in Node 20
 * the garbage collector takes that lock when it frees the job. An export of the KeyObject holds the lock
 * and allocates: sooner or later the process waits for itself, for ever.
 */
function generate(type: 'ec' | 'rsa', options: object): KeyPair {
  const asJwk = { publicKeyEncoding: { format: 'jwk' }, privateKeyEncoding: { format: 'jwk' } };
  const { publicKey, privateKey } = generatePair(type, { ...options, ...asJwk });
  return { publicJwk: publicKey, privateJwk: privateKey };
}
