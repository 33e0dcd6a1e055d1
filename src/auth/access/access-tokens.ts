import {
  createPublicKey,
  type JsonWebKey as NodeJsonWebKey,
  type KeyObject,
  randomUUID,
} from 'node:crypto';

import { Inject, Injectable } from '@nestjs/common';
import { importJWK, type JWK, SignJWT } from 'jose';

import { Clock } from '../../common';
import { type Config, CONFIG } from '../../config';
import { formatScopes, type SystemScope } from '../scopes';

export const TOKEN_ALGORITHM = 'ES384';
/** RFC 9068 §2.1: keeps assertions and tokens apart. */
export const TOKEN_TYPE = 'at+jwt';

/** Access tokens are JWTs (RFC 9068) that every api process can check without asking another (TK-07). */
@Injectable()
export class AccessTokens {
  private readonly verificationKeys: ReadonlyMap<string, KeyObject>;

  constructor(
    @Inject(CONFIG) private readonly config: Config,
    private readonly clock: Clock,
  ) {
    this.verificationKeys = new Map(
      config.auth.signingKeys.map(({ kid, kty, crv, x, y }) => {
        const key: NodeJsonWebKey = { kty, crv, x, y };
        return [kid, createPublicKey({ key, format: 'jwk' })];
      }),
    );
  }

  /** A token for an app, signed with the first configured key. @param lifetime in seconds */
  async sign(appId: string, scopes: readonly SystemScope[], lifetime: number): Promise<string> {
    const [key] = this.config.auth.signingKeys;
    if (!key) throw new Error('The configuration holds no signing key.');
    const { fhirBase } = this.config.http;
    const now = Math.floor(this.clock.now().getTime() / 1000);
    return new SignJWT({ client_id: appId, scope: formatScopes(scopes) })
      .setProtectedHeader({ alg: TOKEN_ALGORITHM, kid: key.kid, typ: TOKEN_TYPE })
      .setIssuer(fhirBase)
      .setAudience(fhirBase)
      .setSubject(appId)
      .setIssuedAt(now)
      .setExpirationTime(now + lifetime)
      .setJti(randomUUID())
      .sign(await importJWK({ ...key }, TOKEN_ALGORITHM));
  }

  /** The public key, or undefined when no configured key has this `kid`. */
  verificationKey(kid: string): KeyObject | undefined {
    return this.verificationKeys.get(kid);
  }

  /** The public halves of all configured keys, as JWKs. */
  publicKeys(): readonly JWK[] {
    return this.config.auth.signingKeys.map(({ kid, kty, crv, x, y }) => ({
      kty,
      crv,
      kid,
      alg: TOKEN_ALGORITHM,
      use: 'sig',
      x,
      y,
    }));
  }
}
