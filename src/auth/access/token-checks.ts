import { Injectable } from '@nestjs/common';
import type { Request } from 'express';

import { AccessTokenStrategy } from './access-token.strategy';
import { tokenInvalid } from './access.errors';
import type { AppPrincipal } from './app-principal';
import { TrustedTokenStrategy } from './trusted-token.strategy';

/** Checks a token outside of a request by the very strategies of the guard, in their order. */
@Injectable()
export class TokenChecks {
  constructor(
    private readonly own: AccessTokenStrategy,
    private readonly trusted: TrustedTokenStrategy,
  ) {}

  /** @throws FhirError 401 or 403: what a request with this token would be answered */
  async check(token: string): Promise<AppPrincipal> {
    const principal = (await ask(this.own, token)) ?? (await ask(this.trusted, token));
    if (principal === undefined) throw tokenInvalid();
    return principal;
  }
}

/** Undefined: the token is none of this strategy's. */
function ask(
  strategy: AccessTokenStrategy | TrustedTokenStrategy,
  token: string,
): Promise<AppPrincipal | undefined> {
  return new Promise((resolve, reject) => {
    // As passport does for each request: the outcome is told to a copy of the strategy.
    const attempt = Object.create(strategy) as typeof strategy;
    attempt.success = resolve as typeof strategy.success;
    attempt.error = reject;
    attempt.fail = () => {
      resolve(undefined);
    };
    attempt.authenticate({ headers: { authorization: `Bearer ${token}` } } as Request);
  });
}
