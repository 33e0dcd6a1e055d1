import { randomUUID } from 'node:crypto';

import type { JWK } from 'jose';

import { generateEcKeys, generateRsaKeys } from '@app/keys';

/** The algorithms of SMART Backend Services. */
export type ClientAlgorithm = 'ES384' | 'RS384';

export interface ClientKeys {
  /** Public: what is registered at the server. */
  readonly jwks: { readonly keys: readonly JWK[] };
  /** Carries the `kid` and `alg` of its public half. */
  readonly privateJwk: JWK;
}

/** A fresh key pair, which exists nowhere else: to be stored by the caller. */
export function generateClientKeys(algorithm: ClientAlgorithm): Promise<ClientKeys> {
  const { publicJwk, privateJwk } = algorithm === 'ES384' ? generateEcKeys() : generateRsaKeys();
  const names = { kid: randomUUID(), alg: algorithm, use: 'sig' };
  return Promise.resolve({
    jwks: { keys: [{ ...publicJwk, ...names }] },
    privateJwk: { ...privateJwk, ...names },
  });
}
