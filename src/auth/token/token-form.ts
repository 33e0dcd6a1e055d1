import type { NextFunction, Request, RequestHandler, Response } from 'express';

import { sendOAuthError } from './oauth-error.filter';
import { invalidRequest, OAuthError } from './oauth.error';

export const FORM = 'application/x-www-form-urlencoded';
const MAX_BYTES = 64 * 1024;

/**
 * Reads the body of a token request. To be mounted on the endpoint's path before the parsers for all
 * routes: a body that these cannot read would be answered with an OperationOutcome, while clients of
 * this endpoint expect an OAuth error (TK-05), wrong media types included.
 */
export function tokenForm(): RequestHandler {
  return (request: Request, response: Response, next: NextFunction) => {
    if (request.method !== 'POST') {
      next();
      return;
    }
    readForm(request).then(
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

async function readForm(request: Request): Promise<unknown> {
  if (!request.is(FORM) || !isUtf8(request.get('Content-Type') ?? '')) throw notAForm();
  if (request.get('Content-Encoding') !== undefined) {
    throw invalidRequest('The form must not be compressed.');
  }
  const chunks: Buffer[] = [];
  let size = 0;
  // Read to the end even when it is too long: a client that is cut off never sees the answer.
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size <= MAX_BYTES) chunks.push(chunk);
  }
  if (size > MAX_BYTES) throw invalidRequest(`The form must have ${MAX_BYTES} bytes at most.`);
  return fieldsOf(new URLSearchParams(Buffer.concat(chunks).toString('utf8')));
}

function isUtf8(contentType: string): boolean {
  const [, charset = 'utf-8'] = /;\s*charset="?([^";\s]+)/i.exec(contentType) ?? [];
  return charset.toLowerCase() === 'utf-8';
}

/** Fields by name; the value of one that is repeated is a list. */
function fieldsOf(form: URLSearchParams): unknown {
  const names = [...new Set(form.keys())];
  return Object.fromEntries(
    names.map((name) => {
      const values = form.getAll(name);
      return [name, values.length === 1 ? values[0] : values];
    }),
  );
}
