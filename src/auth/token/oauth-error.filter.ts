import { type ArgumentsHost, Catch, type ExceptionFilter, Logger } from '@nestjs/common';
import type { Response } from 'express';

import { OAuthError } from './oauth.error';

/** Answers refusals of the OAuth endpoints as RFC 6749 §5.2 says; all other failures stay with OutcomeFilter. */
@Catch(OAuthError)
export class OAuthErrorFilter implements ExceptionFilter<OAuthError> {
  private readonly logger = new Logger(OAuthErrorFilter.name);

  catch(error: OAuthError, host: ArgumentsHost): void {
    this.logger.warn({ error: error.code, reason: error.reason }, 'token refused');
    sendOAuthError(host.switchToHttp().getResponse<Response>(), error);
  }
}

export function sendOAuthError(response: Response, error: OAuthError): void {
  response
    .status(error.status)
    .set({ ...error.headers, 'Cache-Control': 'no-store', Pragma: 'no-cache' })
    .json({ error: error.code, error_description: error.message });
}
