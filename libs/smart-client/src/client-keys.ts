import { createPrivateKey, createPublicKey, generateKeyPairSync } from 'node:crypto';

import type { JWK } from 'jose';

/** The algorithms of SMART Backend Services. */
export type ClientAlgorithm = 'ES384' | 'RS384';

export interface ClientKeys {
  /** Public: what is registered at the server. */
  readonly jwks: { readonly keys: readonly JWK[] };
  /** Carries the `kid` and `alg` of its public half. */
  readonly privateJwk: JWK;
}

const PRIVATE = { type: 'pkcs8', format: 'der' } as const;
const PUBLIC = { type: 'spki', format: 'der' } as const;

/** A fresh key pair, which exists nowhere else: to be stored by the caller. */
export function generateClientKeys(algorithm: ClientAlgorithm): Promise<ClientKeys> {
  // By way of DER: exporting a pair's own KeyObjects as JWK can deadlock in Node 20, when the garbage
  // collector frees the generating job, which shares the key's lock, in the middle of the export.
  const pair =
    algorithm === 'ES384'
      ? generateKeyPairSync('ec', {
          namedCurve: 'P-384',
          privateKeyEncoding: { type: 'pkcs8', format: 'der' },
          publicKeyEncoding: { type: 'spki', format: 'der' },
        })
      : generateKeyPairSync('rsa', {
          modulusLength: 2048,
          privateKeyEncoding: { type: 'pkcs8', format: 'der' },
          publicKeyEncoding: { type: 'spki', format: 'der' },
        });
  const names = { kid: crypto.randomUUID(), alg: algorithm, use: 'sig' };
  const publicJwk = createPublicKey({ key: pair.publicKey, ...PUBLIC }).export({ format: 'jwk' });
  const privateJwk = createPrivateKey({ key: pair.privateKey, ...PRIVATE }).export({
    format: 'jwk',
  });
  return Promise.resolve({
    jwks: { keys: [{ ...publicJwk, ...names }] },
    privateJwk: { ...privateJwk, ...names },
  });
}
