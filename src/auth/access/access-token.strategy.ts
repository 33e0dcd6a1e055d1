import { type KeyObject, randomUUID } from 'node:crypto';

import { Inject, Injectable } from '@nestjs/common';
import { PassportStrategy } from '@nestjs/passport';
import type { Request } from 'express';
import { decodeProtectedHeader } from 'jose';
import passport from 'passport';
import { Strategy, type StrategyOptionsWithRequest } from 'passport-jwt';

import { Clock } from '../../common';
import { type Config, CONFIG } from '../../config';
import { AccessTokens, TOKEN_ALGORITHM, TOKEN_TYPE } from './access-tokens';
import { tokenExpired, tokenInvalid } from './access.errors';
import type { AppPrincipal } from './app-principal';
import { AppPrincipals } from './app-principals';
import { bearerToken } from './bearer-token';
import { VerifiedTokens } from './verified-tokens';

/** Checks access tokens (TK-07): signature, type, issuer and audience; then time, and the app as it is now. */
@Injectable()
export class AccessTokenStrategy extends PassportStrategy(Strategy) {
  /**
   * Under which passport knows this instance. Its registry is one for the whole process and by name,
   * so that with a fixed name a second application would answer for the first.
   */
  readonly registeredAs = `access-token-${randomUUID()}`;
  private readonly verified = new VerifiedTokens();

  constructor(
    @Inject(CONFIG) config: Config,
    tokens: AccessTokens,
    private readonly principals: AppPrincipals,
    private readonly clock: Clock,
  ) {
    super(strategyOptions(config, tokens));
    passport.use(this.registeredAs, this);
  }

  /** Of a token that was verified before, only time and the app are checked again. */
  override authenticate(request: Request, options?: unknown): void {
    const token = bearerToken(request);
    const claims = token === null ? undefined : this.verified.of(token, this.clock.now());
    if (!claims) {
      super.authenticate(request, options);
      return;
    }
    this.principals.of(claims.appId, claims.scope).then(
      (principal) => {
        this.success(principal);
      },
      (error: unknown) => {
        this.error(error as Error); // passport hands on whatever it is
      },
    );
  }

  /** @throws FhirError 401 or 403 */
  async validate(request: Request, payload: unknown): Promise<AppPrincipal> {
    const { client_id: appId, scope, exp } = payload as Readonly<Record<string, unknown>>;
    if (typeof appId !== 'string' || typeof scope !== 'string' || typeof exp !== 'number') {
      throw tokenInvalid();
    }
    if (exp * 1000 <= this.clock.now().getTime()) throw tokenExpired();
    const token = bearerToken(request);
    if (token !== null) this.verified.remember(token, { appId, scope, exp });
    return this.principals.of(appId, scope);
  }
}

function strategyOptions(config: Config, tokens: AccessTokens): StrategyOptionsWithRequest {
  return {
    passReqToCallback: true,
    jwtFromRequest: bearerToken,
    algorithms: [TOKEN_ALGORITHM],
    issuer: config.http.fhirBase,
    audience: config.http.fhirBase,
    // jsonwebtoken looks at the machine's clock; validate() looks at ours.
    ignoreExpiration: true,
    secretOrKeyProvider: (_request: unknown, token: unknown, done) => {
      const key = typeof token === 'string' ? keyFor(token, tokens) : undefined;
      // passport-jwt only hands the key on, to jsonwebtoken, which takes one that is imported.
      done(key ? null : new Error('no key for this token'), key as unknown as Buffer);
    },
  };
}

function keyFor(token: string, tokens: AccessTokens): KeyObject | undefined {
  try {
    const { typ, kid } = decodeProtectedHeader(token);
    return typ === TOKEN_TYPE && kid !== undefined ? tokens.verificationKey(kid) : undefined;
  } catch {
    // Not a JWT at all: like a token whose key is not ours.
    return undefined;
  }
}
