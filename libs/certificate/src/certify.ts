import { CompactSign, importJWK } from 'jose';

import { type CertifiedManifest, statementOf } from './statement';

export const CERTIFICATE_ALGORITHM = 'ES384';
/** Keeps certificates and tokens apart, which are signed by the same keys (RFC 8725 §3.11). */
export const CERTIFICATE_TYPE = 'ehr-bulk-certificate+jws';

/** A private key on P-384. */
export interface SigningJwk {
  readonly kty: string;
  readonly crv: string;
  readonly kid: string;
  readonly x: string;
  readonly y: string;
  readonly d: string;
}

/**
 * The certificate of an export: a compact JWS whose payload is left out (RFC 7515 appendix F). Its header
 * has the public key, and where the signer publishes it.
 *
 * @param pages as for statementOf
 */
export async function certify(
  pages: readonly CertifiedManifest[],
  { kid, d, ...jwk }: SigningJwk,
  jku: string,
): Promise<string> {
  const { kty, crv, x, y } = jwk;
  const jws = await new CompactSign(Buffer.from(statementOf(pages)))
    .setProtectedHeader({
      alg: CERTIFICATE_ALGORITHM,
      typ: CERTIFICATE_TYPE,
      ...{ kid, jku, jwk: { kty, crv, x, y } },
    })
    .sign(await importJWK({ ...jwk, d }, CERTIFICATE_ALGORITHM));
  const [header = '', , signature = ''] = jws.split('.');
  return `${header}..${signature}`;
}
