import type { NextFunction, Request, RequestHandler, Response } from 'express';

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
    readRequest(request).then(
      (form) => {
        request.body = form;
        next();
      },
      (error: unknown) => {
        if (error instanceof OAuthError) sendOAuthError(response, error);
        else next(error);
      },
    );
  };
}

/** The refusal of a body that is no form. */
export function notAForm(): OAuthError {
  return invalidRequest(`The body must be a form in UTF-8: Content-Type: ${FORM}.`);
}

async function readRequest(request: Request): Promise<unknown> {
  if (request.method !== 'POST') throw wrongMethod();
  const text = await readForm(request);
  const query = new URL(request.originalUrl, 'http://localhost').searchParams;
  if (FIELDS.some((name) => query.has(name))) {
    throw invalidRequest('Parameters must be sent in the body, not in the URL.');
  }
  return fieldsOf(new URLSearchParams(text));
}

function wrongMethod(): OAuthError {
  const options = { reason: 'method', status: 405, headers: { Allow: 'POST' } };
  return new OAuthError('invalid_request', 'Use POST at this address.', options);
}

async function readForm(request: Request): Promise<string> {
  if (!request.is(FORM) || !isUtf8(request.get('Content-Type') ?? '')) throw notAForm();
  if (request.get('Content-Encoding') !== undefined) {
    throw invalidRequest('The form must not be compressed.');
  }
  const chunks: Buffer[] = [];
  let size = 0;
  // Read to the end even when it is too long: a client that is cut off never sees the answer.
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size <= REQUEST_LIMITS.oauthFormBytes) chunks.push(chunk);
  }
  if (size > REQUEST_LIMITS.oauthFormBytes) {
    throw invalidRequest(`The form must have ${REQUEST_LIMITS.oauthFormBytes} bytes at most.`);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function isUtf8(contentType: string): boolean {
  const [, charset = 'utf-8'] = /;\s*charset="?([^";\s]+)/i.exec(contentType) ?? [];
  return charset.toLowerCase() === 'utf-8';
}

/** Fields by name; the value of one that is repeated is a list. */
function fieldsOf(form: URLSearchParams): unknown {
  const fields = [...form];
  if (fields.length > REQUEST_LIMITS.oauthFields) {
    throw invalidRequest(`The form must have ${REQUEST_LIMITS.oauthFields} fields at most.`);
  }
  const names = new Set(fields.map(([name]) => name));
  return Object.fromEntries(
    [...names].map((name) => {
      const values = form.getAll(name);
      return [name, values.length === 1 ? values[0] : values];
    }),
  );
}
