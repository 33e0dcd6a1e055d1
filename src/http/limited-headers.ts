import type { NextFunction, Request, RequestHandler, Response } from 'express';

import { FhirError, REQUEST_LIMITS } from '../common';

/** Those that are taken apart. Authorization holds one token, and Node limits all of them together. */
const LIMITED = [
  'Accept',
  'Accept-Charset',
  'Accept-Encoding',
  'Accept-Language',
  'Content-Encoding',
  'Content-Type',
  'Idempotency-Key',
  'If-Match',
  'If-None-Match',
  'If-Range',
  'Prefer',
  'Range',
];

/** Refuses headers that are longer than any client needs, before anybody reads them (RFC 6585 §5). */
export function limitHeaders(): RequestHandler {
  return ({ headers }: Request, _response: Response, next: NextFunction) => {
    const name = LIMITED.find(
      (one) => String(headers[one.toLowerCase()] ?? '').length > REQUEST_LIMITS.headerCharacters,
    );
    if (name === undefined) {
      next();
      return;
    }
    // The refusal is written in the format that Accept names.
    delete headers.accept;
    next(tooLong(name));
  };
}

function tooLong(name: string): FhirError {
  return new FhirError(
    `The header ${name} may have ${REQUEST_LIMITS.headerCharacters} characters at most.`,
    { status: 431, code: 'too-long', expression: [name] },
  );
}
