import { createPublicKey, type JsonWebKey as NodeJsonWebKey } from 'node:crypto';

import { Inject, Injectable, Logger } from '@nestjs/common';
import { decodeJwt, decodeProtectedHeader } from 'jose';

import { type Config, CONFIG, type TrustedIssuer } from '../../config';
import { JwksFetchError } from '../client-keys/client-keys.errors';
import {
  bareKey,
  isSignatureAlgorithm,
  onlyKey,
  SIGNATURE_ALGORITHMS,
  type SignatureAlgorithm,
} from '../client-keys/public-key';
import { RemoteJwks } from '../client-keys/remote-jwks';

export const TRUSTED_ALGORITHMS = SIGNATURE_ALGORITHMS;

/** RFC 9068 has a type of its own; many servers still write JWT, or nothing. */
const TOKEN_TYPES = ['jwt', 'at+jwt', 'application/at+jwt'];

/** The keys of the trusted issuer, from its JWKS URL, by the rules for clients' keys. */
@Injectable()
export class TrustedKeys {
  private readonly logger = new Logger(TrustedKeys.name);
  private readonly issuer: TrustedIssuer | undefined;

  constructor(
    @Inject(CONFIG) { auth }: Config,
    private readonly remote: RemoteJwks,
  ) {
    this.issuer = auth.trustedIssuer;
  }

  /** The one public key, in PEM, that a token's header means; undefined when it is not the issuer's. */
  async keyOf(token: unknown): Promise<string | undefined> {
    const name = typeof token === 'string' && this.issuer ? nameOf(token, this.issuer) : undefined;
    if (!name || !this.issuer) return undefined;
    const key = onlyKey(await this.published(this.issuer.jwksUrl, name.kid), name.kid, name.alg);
    if (!key) return undefined;
    const publicKey = createPublicKey({ key: bareKey(key) as NodeJsonWebKey, format: 'jwk' });
    return publicKey.export({ type: 'spki', format: 'pem' }).toString();
  }

  private async published(url: string, kid: string): Promise<readonly unknown[]> {
    try {
      return await this.remote.keys(url, kid);
    } catch (error) {
      if (!(error instanceof JwksFetchError)) throw error;
      this.logger.error({ reason: error.message }, 'JWKS of the trusted issuer not fetched');
      return [];
    }
  }
}

/** Undefined for what cannot be a token of the issuer: nothing is fetched for it. */
function nameOf(
  token: string,
  { issuer }: TrustedIssuer,
): { readonly kid: string; readonly alg: SignatureAlgorithm } | undefined {
  try {
    const { alg, kid, typ = 'JWT', crit } = decodeProtectedHeader(token);
    const { iss } = decodeJwt(token);
    const isToken = TOKEN_TYPES.includes(typ.toLowerCase()) && crit === undefined;
    if (iss !== issuer || !isToken || kid === undefined || !isSignatureAlgorithm(alg)) {
      return undefined;
    }
    return { kid, alg };
  } catch {
    // Not a JWT at all: nobody's token.
    return undefined;
  }
}
