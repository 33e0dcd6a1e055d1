import { randomUUID } from 'node:crypto';

import { Inject, Injectable } from '@nestjs/common';
import { PassportStrategy } from '@nestjs/passport';
import type { Request } from 'express';
import { decodeProtectedHeader } from 'jose';
import passport from 'passport';
import { ExtractJwt, Strategy, type StrategyOptionsWithoutRequest } from 'passport-jwt';

import { Clock } from '../../common';
import { type Config, CONFIG } from '../../config';
import { AppRegistry } from '../apps/app-registry';
import { allowedTypes, parseGranted } from '../scopes';
import { AccessTokens, TOKEN_ALGORITHM, TOKEN_TYPE } from './access-tokens';
import { appDisabled, notASystemApp, tokenExpired, tokenInvalid } from './access.errors';
import type { AppPrincipal } from './app-principal';

/** Checks access tokens (TK-07): signature, type, issuer and audience; then time, and the app as it is now. */
@Injectable()
export class AccessTokenStrategy extends PassportStrategy(Strategy) {
  /**
   * Under which passport knows this instance. Its registry is one for the whole process and by name,
   * so that with a fixed name a second application would answer for the first.
   */
  readonly registeredAs = `access-token-${randomUUID()}`;

  constructor(
    @Inject(CONFIG) config: Config,
    tokens: AccessTokens,
    private readonly apps: AppRegistry,
    private readonly clock: Clock,
  ) {
    super(strategyOptions(config, tokens));
    passport.use(this.registeredAs, this);
  }

  /**
   * What a request with this token would be, by the very checks of the guard.
   *
   * @throws FhirError 401 or 403
   */
  check(token: string): Promise<AppPrincipal> {
    return new Promise((resolve, reject) => {
      // As passport does for each request: the outcome is told to a copy of the strategy.
      const attempt = Object.create(this) as this;
      attempt.success = resolve as typeof this.success;
      attempt.error = reject;
      attempt.fail = () => {
        reject(tokenInvalid());
      };
      attempt.authenticate({ headers: { authorization: `Bearer ${token}` } } as Request);
    });
  }

  /** @throws FhirError 401 or 403 */
  async validate(payload: unknown): Promise<AppPrincipal> {
    const { client_id: appId, scope, exp } = payload as Readonly<Record<string, unknown>>;
    if (typeof appId !== 'string' || typeof scope !== 'string' || typeof exp !== 'number') {
      throw tokenInvalid();
    }
    if (exp * 1000 <= this.clock.now().getTime()) throw tokenExpired();
    const app = await this.apps.find(appId);
    if (!app || app.disabledAt) throw appDisabled();
    if (app.type !== 'system') throw notASystemApp(app.type);
    const scopes = parseGranted(scope);
    return {
      appId: app.id,
      appName: app.name,
      scopes,
      licence: app.licence,
      allowedTypes: allowedTypes(scopes, app.licence),
    };
  }
}

function strategyOptions(config: Config, tokens: AccessTokens): StrategyOptionsWithoutRequest {
  return {
    jwtFromRequest: ExtractJwt.fromAuthHeaderAsBearerToken(),
    algorithms: [TOKEN_ALGORITHM],
    issuer: config.http.fhirBase,
    audience: config.http.fhirBase,
    // jsonwebtoken looks at the machine's clock; validate() looks at ours.
    ignoreExpiration: true,
    secretOrKeyProvider: (_request: unknown, token: unknown, done) => {
      const key = typeof token === 'string' ? keyFor(token, tokens) : undefined;
      done(key === undefined ? new Error('no key for this token') : null, key);
    },
  };
}

function keyFor(token: string, tokens: AccessTokens): string | undefined {
  try {
    const { typ, kid } = decodeProtectedHeader(token);
    return typ === TOKEN_TYPE && kid !== undefined ? tokens.verificationKey(kid) : undefined;
  } catch {
    // Not a JWT at all: like a token whose key is not ours.
    return undefined;
  }
}
