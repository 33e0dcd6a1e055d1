import { exportJWK, generateKeyPair, type JWK } from 'jose';

/** The algorithms of SMART Backend Services. */
export type ClientAlgorithm = 'ES384' | 'RS384';

export interface ClientKeys {
  /** Public: what is registered at the server. */
  readonly jwks: { readonly keys: readonly JWK[] };
  /** Carries the `kid` and `alg` of its public half. */
  readonly privateJwk: JWK;
}

/** A fresh key pair, which exists nowhere else: to be stored by the caller. */
export async function generateClientKeys(algorithm: ClientAlgorithm): Promise<ClientKeys> {
  const pair = await generateKeyPair(algorithm, { extractable: true });
  const names = { kid: crypto.randomUUID(), alg: algorithm, use: 'sig' };
  return {
    jwks: { keys: [{ ...(await exportJWK(pair.publicKey)), ...names }] },
    privateJwk: { ...(await exportJWK(pair.privateKey)), ...names },
  };
}
