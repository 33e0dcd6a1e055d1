import { faultOfNames, FhirError, REQUEST_LIMITS } from '../common';

/**
 * Looks at a JSON body before it is parsed (`verify` of the body parser). An object with one name twice
 * says two things, of which the parser would take the last: a second `parameter` would drop the first,
 * and with it what narrows an export. Other charsets than UTF-8 are no JSON (RFC 8259 §8.1).
 *
 * @throws FhirError 400, 415
 */
export function requireUnambiguousJson(
  _request: unknown,
  _response: unknown,
  body: Buffer,
  charset: string,
): void {
  if (charset !== 'utf-8') throw notUtf8();
  // Text that is no JSON is left to the parser, which says so.
  const fault = faultOfNames(body.toString('utf8'), REQUEST_LIMITS.members);
  if (fault === 'repeated') throw repeatedName();
  if (fault === 'too many') throw tooManyMembers();
}

function notUtf8(): FhirError {
  return new FhirError('JSON must be in UTF-8: leave the charset out of Content-Type.', {
    status: 415,
    code: 'not-supported',
    expression: ['Content-Type'],
  });
}

function repeatedName(): FhirError {
  return new FhirError(
    'An object in the body has the same name twice, so that it says two things. Give each name once; several parameters are several items of the one parameter list.',
    { status: 400, code: 'structure' },
  );
}

function tooManyMembers(): FhirError {
  return new FhirError(
    `An object in the body has more than ${REQUEST_LIMITS.members} members, which none has here.`,
    { status: 400, code: 'too-long', expression: ['body'] },
  );
}
