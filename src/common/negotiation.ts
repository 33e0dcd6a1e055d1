import type { NextFunction, Request, RequestHandler, Response } from 'express';

import { FhirError } from './fhir.error';

const JSON_TYPES = [
  'application/fhir+json',
  'application/json',
  'application/ndjson',
  'application/fhir+ndjson',
];

/**
 * Refuses requests whose Accept excludes JSON (HD-09), before anything is done for them. A missing
 * Accept counts as `application/fhir+json` (HD-03).
 */
export function acceptJson(): RequestHandler {
  return (request: Request, _response: Response, next: NextFunction) => {
    const accepted = request.headers.accept === undefined || request.accepts(JSON_TYPES) !== false;
    next(accepted ? undefined : notAcceptable());
  };
}

function notAcceptable(): FhirError {
  return new FhirError(
    'Accept must admit application/fhir+json (application/json and */* do too).',
    { status: 406, code: 'not-supported', expression: ['Accept'] },
  );
}
