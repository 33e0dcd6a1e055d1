import { Injectable } from '@nestjs/common';
import { AuthGuard } from '@nestjs/passport';

import { FhirError } from '../../common';
import { AccessTokenStrategy } from './access-token.strategy';
import { tokenInvalid, tokenMissing } from './access.errors';
import { TrustedTokenStrategy } from './trusted-token.strategy';

/**
 * Lets System apps with a valid access token through and sets what `@CurrentApp()` gives.
 *
 * @throws FhirError 401 without a usable token, 403 for apps that are no System apps
 */
@Injectable()
export class BearerGuard extends AuthGuard() {
  constructor(own: AccessTokenStrategy, trusted: TrustedTokenStrategy) {
    // The second is asked about tokens that are not of the first.
    super({ defaultStrategy: [own.registeredAs, trusted.registeredAs] });
  }

  override handleRequest<TUser>(error: Error | null, user: TUser | false, info: unknown): TUser {
    if (error) throw error;
    if (user === false) throw failure(info);
    return user;
  }
}

/** passport-jwt says that there was no token only by the words of its error; each strategy has one. */
function failure(info: unknown): FhirError {
  const [first] = (Array.isArray(info) ? info : [info]) as readonly unknown[];
  const missing = first instanceof Error && first.message === 'No auth token';
  return missing ? tokenMissing() : tokenInvalid();
}
