import { isUtf8 } from 'node:buffer';
import type { IncomingMessage } from 'node:http';

import { type ParseError, parse } from 'jsonc-parser';

import { FhirError } from './fhir.error';
import { limitedChunks } from './limited-chunks';
import { faultOfNames } from './strict-json';

const MEDIA_TYPE = /^application\/(?:fhir\+json|json|json\+fhir)\s*(?:;|$)/i;

/** @throws FhirError 415 for anything but JSON as it is */
export function requireJson({ headers }: Pick<IncomingMessage, 'headers'>): void {
  const isJson = MEDIA_TYPE.test(headers['content-type'] ?? '');
  if (isJson && (headers['content-encoding'] ?? 'identity') === 'identity') return;
  throw new FhirError('Send the resource as application/fhir+json, without Content-Encoding.', {
    ...{ status: 415, code: 'not-supported', expression: ['Content-Type'] },
  });
}

/** @throws FhirError 413 as soon as more has come */
export async function readBody(request: IncomingMessage, maxBytes: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  const refusal = (): Error => tooLarge(maxBytes);
  for await (const chunk of limitedChunks(request, maxBytes, refusal)) chunks.push(chunk);
  return Buffer.concat(chunks);
}

/**
 * The JSON object of a body. Names given twice are refused: of two readers one would take the first and
 * another the last, such as a scope's type and the type that is stored.
 *
 * @throws FhirError 400 that quotes nothing of it
 */
export function readObject(
  body: Buffer,
): Readonly<Record<string, unknown>> & { readonly resourceType?: unknown; readonly id?: unknown } {
  if (!isUtf8(body)) throw invalidBody('The body is not in UTF-8.');
  const text = body.toString();
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw invalidBody(`The body is no JSON: it has a fault${placeOfFault(text)}.`);
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw invalidBody('The body must be a JSON object: a resource.');
  }
  if (faultOfNames(text, Infinity) === 'repeated') {
    throw invalidBody('An object in the body has the same name twice, so that it says two things.');
  }
  return value as Readonly<Record<string, unknown>>; // has just been looked at
}

/** Empty for what is nested so deeply that the parser that tells the place gives up. */
function placeOfFault(text: string): string {
  const errors: ParseError[] = [];
  try {
    parse(text, errors, { disallowComments: true });
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
  }
  const [first] = errors;
  return first ? ` at character ${first.offset + 1}` : '';
}

function invalidBody(diagnostics: string): FhirError {
  return new FhirError(diagnostics, { status: 400, code: 'structure' });
}

function tooLarge(maxBytes: number): FhirError {
  return new FhirError(
    `The body has more than ${maxBytes} bytes, which is the most here. Nothing was written.`,
    { status: 413, code: 'too-long' },
  );
}
