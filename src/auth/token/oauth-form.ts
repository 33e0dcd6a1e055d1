import {
  type NextFunction,
  type Request,
  type RequestHandler,
  type Response,
  urlencoded,
} from 'express';

import { REQUEST_LIMITS } from '../../common';
import { sendOAuthError } from './oauth-error.filter';
import { invalidRequest, OAuthError } from './oauth.error';

export const FORM = 'application/x-www-form-urlencoded';
/** What must never stand in a URL, where logs and proxies see it (RFC 6749 §2.3.1). */
const FIELDS = [
  'grant_type',
  'scope',
  'client_id',
  'client_secret',
  'client_assertion_type',
  'client_assertion',
  'token',
];

/** Reads to the end even what is too long: a client that is cut off never sees the answer. */
const readForm = urlencoded({
  type: FORM,
  extended: false,
  inflate: false,
  limit: REQUEST_LIMITS.oauthFormBytes,
  parameterLimit: REQUEST_LIMITS.oauthFields,
  verify: (_request, _response, _body, charset) => {
    if (charset !== 'utf-8') throw notAForm();
  },
});

/**
 * Reads the body of a request to an OAuth endpoint. To be mounted on the endpoint's path before the
 * parsers for all routes: a body that these cannot read, or another method, would be answered with an
 * OperationOutcome, while clients of these endpoints expect an OAuth error (TK-05).
 */
export function oauthForm(): RequestHandler {
  return (request: Request, response: Response, next: NextFunction) => {
    if (request.path !== '/' || request.method === 'OPTIONS') {
      next();
      return;
    }
    const end = (error: unknown): void => {
      const fault = error === undefined ? undefined : toOAuthError(error);
      if (fault instanceof OAuthError) sendOAuthError(response, fault);
      else next(fault);
    };
    const fault = faultOf(request);
    if (fault) end(fault);
    else readForm(request, response, end);
  };
}

/** The refusal of a body that is no form. */
export function notAForm(): OAuthError {
  return invalidRequest(`The body must be a form in UTF-8: Content-Type: ${FORM}.`);
}

/** What can be said before the body is read. */
function faultOf(request: Request): OAuthError | undefined {
  if (request.method !== 'POST') return wrongMethod();
  if (!request.is(FORM)) return notAForm();
  const query = new URL(request.originalUrl, 'http://localhost').searchParams;
  if (!FIELDS.some((name) => query.has(name))) return undefined;
  return invalidRequest('Parameters must be sent in the body, not in the URL.');
}

function wrongMethod(): OAuthError {
  const options = { reason: 'method', status: 405, headers: { Allow: 'POST' } };
  return new OAuthError('invalid_request', 'Use POST at this address.', options);
}

/** By the `type` of Express' own errors. */
function toOAuthError(error: unknown): unknown {
  switch ((error as { readonly type?: unknown }).type) {
    case 'entity.too.large':
      return invalidRequest(`The form must have ${REQUEST_LIMITS.oauthFormBytes} bytes at most.`);
    case 'parameters.too.many':
      return invalidRequest(`The form must have ${REQUEST_LIMITS.oauthFields} fields at most.`);
    case 'encoding.unsupported':
      return invalidRequest('The form must not be compressed.');
    case 'charset.unsupported':
      return notAForm();
    default:
      return error;
  }
}
