import {
  type CallHandler,
  type ExecutionContext,
  Injectable,
  Logger,
  type NestInterceptor,
} from '@nestjs/common';
import { catchError, type Observable } from 'rxjs';

import { FhirError, isTransientFailure, RETRY_SOON, UNAVAILABLE_NOW } from '../../common';
import { OAuthError } from './oauth.error';

/** Tells clients of the OAuth endpoints, in their own format, that PostgreSQL is not available. */
@Injectable()
export class OAuthOutages implements NestInterceptor {
  private readonly logger = new Logger(OAuthOutages.name);

  intercept(_context: ExecutionContext, next: CallHandler): Observable<unknown> {
    return next.handle().pipe(
      catchError((error: unknown) => {
        // A refusal may have an outage for its cause, as when a client's own JWKS cannot be fetched.
        const isRefusal = error instanceof OAuthError || error instanceof FhirError;
        if (isRefusal || !isTransientFailure(error)) throw error;
        const { code } = error as { readonly code?: unknown };
        this.logger.error({ code }, 'request failed');
        const options = { status: 503, headers: RETRY_SOON, cause: error };
        throw new OAuthError('temporarily_unavailable', UNAVAILABLE_NOW, options);
      }),
    );
  }
}
