import type { JWK } from 'jose';

export interface Jwks {
  readonly keys: readonly JWK[];
}

/** Where an app's public keys come from (RG-02). */
export type KeySource =
  | { readonly kind: 'inline'; readonly jwks: Jwks }
  | { readonly kind: 'url'; readonly url: string };
