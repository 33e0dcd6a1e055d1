import { randomUUID } from 'node:crypto';

import { Inject, Injectable } from '@nestjs/common';
import { PassportStrategy } from '@nestjs/passport';
import passport from 'passport';
import { Strategy, type StrategyOptionsWithoutRequest } from 'passport-jwt';

import { Clock } from '../../common';
import { type Config, CONFIG } from '../../config';
import { tokenExpired, tokenInvalid } from './access.errors';
import type { AppPrincipal } from './app-principal';
import { AppPrincipals } from './app-principals';
import { bearerToken } from './bearer-token';
import { TRUSTED_ALGORITHMS, TrustedKeys } from './trusted-keys';

type Claims = Readonly<Record<string, unknown>>;

/**
 * Checks access tokens of the platform's own authorisation server, if one is trusted (TK-07): signature,
 * issuer and audience; then times, and the app, which must be registered here for its licence.
 */
@Injectable()
export class TrustedTokenStrategy extends PassportStrategy(Strategy) {
  /** As AccessTokenStrategy: passport's registry is one for the whole process. */
  readonly registeredAs = `trusted-token-${randomUUID()}`;

  constructor(
    @Inject(CONFIG) private readonly config: Config,
    keys: TrustedKeys,
    private readonly principals: AppPrincipals,
    private readonly clock: Clock,
  ) {
    super(strategyOptions(config, keys));
    passport.use(this.registeredAs, this);
  }

  /** @throws FhirError 401 or 403 */
  async validate(payload: unknown): Promise<AppPrincipal> {
    const claims = payload as Claims; // passport-jwt gives what it has parsed and verified
    this.checkTimes(claims);
    const { clientClaim = '', scopeClaim = '' } = this.config.auth.trustedIssuer ?? {};
    const appId = claims[clientClaim];
    const scope = scopeText(claims[scopeClaim]);
    if (typeof appId !== 'string' || scope === undefined) throw tokenInvalid();
    return this.principals.of(appId, scope);
  }

  private checkTimes({ exp, nbf, iat }: Claims): void {
    const now = this.clock.now().getTime() / 1000;
    const { clockSkew } = this.config.auth;
    if (typeof exp !== 'number') throw tokenInvalid();
    if (exp + clockSkew <= now) throw tokenExpired();
    const begins = [nbf, iat].filter((time) => time !== undefined);
    if (begins.some((time) => typeof time !== 'number' || time - clockSkew > now)) {
      throw tokenInvalid();
    }
  }
}

/** Some servers write a text, others a list. */
function scopeText(claim: unknown): string | undefined {
  if (typeof claim === 'string') return claim;
  const texts: readonly unknown[] = Array.isArray(claim) ? claim : [undefined];
  return texts.every((text) => typeof text === 'string') ? texts.join(' ') : undefined;
}

function strategyOptions(
  { auth: { trustedIssuer } }: Config,
  keys: TrustedKeys,
): StrategyOptionsWithoutRequest {
  return {
    jwtFromRequest: bearerToken,
    algorithms: [...TRUSTED_ALGORITHMS],
    // Without a trusted issuer no key is ever found, and these are not looked at.
    issuer: trustedIssuer?.issuer ?? '',
    audience: trustedIssuer?.audience ?? '',
    // jsonwebtoken looks at the machine's clock; validate() looks at ours.
    ignoreExpiration: true,
    // oxlint-disable-next-line typescript/no-deprecated -- there is no other place for this option
    jsonWebTokenOptions: { ignoreNotBefore: true },
    secretOrKeyProvider: (_request: unknown, token: unknown, done) => {
      keys
        .keyOf(token)
        .then((key) => {
          done(key === undefined ? new Error('no key for this token') : null, key);
        })
        .catch(done);
    },
  };
}
