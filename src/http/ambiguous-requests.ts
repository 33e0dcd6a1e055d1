import type { NextFunction, Request, RequestHandler, Response } from 'express';

import { FhirError } from '../common';

/** Headers that say one thing; of two, Node would take the first, and a proxy perhaps the other. */
const GIVEN_ONCE = ['Host', 'Authorization', 'Content-Type'];

/**
 * Refuses requests of which two readers could think differently (RFC 9112 §3.2): with such a header twice, and
 * with a target in absolute form, whose host may be another than that of `Host`.
 */
export function refuseAmbiguous(): RequestHandler {
  return ({ rawHeaders, url }: Request, _response: Response, next: NextFunction) => {
    const name = GIVEN_ONCE.find((one) => timesGiven(rawHeaders, one) > 1);
    if (name !== undefined) next(givenTwice(name));
    else if (!url.startsWith('/')) next(notAPath());
    else next();
  };
}

function timesGiven(rawHeaders: readonly string[], name: string): number {
  return rawHeaders.filter(
    (given, index) => index % 2 === 0 && given.toLowerCase() === name.toLowerCase(),
  ).length;
}

function givenTwice(name: string): FhirError {
  return new FhirError(`The header ${name} is given more than once. Send it once.`, {
    status: 400,
    code: 'invalid',
    expression: [name],
  });
}

function notAPath(): FhirError {
  return new FhirError(
    'The target of the request is not a path. Send the path and the query alone, such as GET /fhir/metadata, and the host in Host.',
    { status: 400, code: 'invalid' },
  );
}
