import type { NextFunction, Request, RequestHandler, Response } from 'express';

import { FhirError } from './fhir.error';
import { preferredType, typeInR4 } from './media-type';

/** The media types of answers in FHIR. */
export type FhirMediaType =
  | 'application/fhir+json'
  | 'application/json'
  | 'text/json'
  | 'application/json+fhir'
  | 'application/fhir+xml'
  | 'application/xml'
  | 'text/xml'
  | 'application/xml+fhir';

/** The parts of a request that say how to answer it. */
export type AskingRequest = Pick<Request, 'headers' | 'originalUrl' | 'is' | 'body'>;

/**
 * What Accept may name, and what the answer is then called: the type that was asked for (R4 http,
 * 3.1.0.1.10); clients of before STU3 still write +fhir. NDJSON stands for clients that ask for the
 * format of files all the way.
 */
const ANSWERED_AS = {
  'application/fhir+json': 'application/fhir+json',
  'application/json': 'application/json',
  'text/json': 'text/json',
  'application/json+fhir': 'application/json+fhir',
  'application/fhir+ndjson': 'application/fhir+json',
  'application/ndjson': 'application/fhir+json',
  'application/fhir+xml': 'application/fhir+xml',
  'application/xml': 'application/xml',
  'text/xml': 'text/xml',
  'application/xml+fhir': 'application/xml+fhir',
} as const satisfies Readonly<Record<string, FhirMediaType>>;

const ACCEPTED = Object.keys(ANSWERED_AS) as readonly (keyof typeof ANSWERED_AS)[];

/** Values of `_format`: each asks for FHIR's own media type (R4 http, 3.1.0.1.11). */
const FORMATS: ReadonlyMap<string, FhirMediaType> = new Map([
  ['json', 'application/fhir+json'],
  ['application/fhir+json', 'application/fhir+json'],
  ['application/json', 'application/fhir+json'],
  ['text/json', 'application/fhir+json'],
  ['xml', 'application/fhir+xml'],
  ['application/fhir+xml', 'application/fhir+xml'],
  ['application/xml', 'application/fhir+xml'],
  ['text/xml', 'application/fhir+xml'],
]);

const FHIR_WIDE = ['_format', '_pretty'];

/** True for parameters that every FHIR request may have: they say how to answer, not what (UN-06). */
export function isFhirWideParameter(name: string): boolean {
  return FHIR_WIDE.includes(name);
}

/**
 * The media type that a request asks for: `_format`, in the query or in a form, overrides Accept. JSON when
 * neither says anything. Of types that Accept likes the same, it names the one to give first.
 *
 * @throws FhirError 406 that names what is at fault
 */
export function fhirMediaType(request: AskingRequest): FhirMediaType {
  const parameters = formatParameters(request);
  const type =
    parameters.length > 0 ? parameterType(parameters) : acceptedType(request.headers.accept);
  if (type !== undefined) return type;
  throw parameters.length > 0 ? unknownFormat() : notAcceptable();
}

/** The media type of a refusal, which must be readable even if what was asked for does not exist. */
export function outcomeMediaType(request: AskingRequest): FhirMediaType {
  return (
    parameterType(formatParameters(request)) ??
    acceptedType(request.headers.accept) ??
    'application/fhir+json'
  );
}

export function isXml(mediaType: FhirMediaType): boolean {
  return mediaType.includes('xml');
}

/** Refuses requests that want neither JSON nor XML (HD-09), before anything is done for them. */
export function negotiateFormat(): RequestHandler {
  return (request: Request, response: Response, next: NextFunction) => {
    response.vary('Accept');
    fhirMediaType(request);
    next();
  };
}

function formatParameters(request: AskingRequest): readonly string[] {
  const question = request.originalUrl.indexOf('?');
  const query = question < 0 ? '' : request.originalUrl.slice(question + 1);
  return [...new URLSearchParams(query).getAll('_format'), ...formValues(request)];
}

/** Of a posted search, once it is read. */
function formValues(request: AskingRequest): readonly string[] {
  if (!request.is('application/x-www-form-urlencoded')) return [];
  const { _format: values = [] } = (request.body ?? {}) as { readonly _format?: unknown };
  return (Array.isArray(values) ? values : [values]).map(String);
}

/** Undefined when there is none, when one is unknown, and when they contradict each other. */
function parameterType(values: readonly string[]): FhirMediaType | undefined {
  const [type, ...others] = new Set(values.map((value) => FORMATS.get(typeInR4(value) ?? '')));
  return others.length > 0 ? undefined : type;
}

/** HD-03: no Accept counts as FHIR in JSON. Undefined when no format is admitted. */
function acceptedType(accept = ''): FhirMediaType | undefined {
  if (accept.trim() === '') return 'application/fhir+json';
  const type = preferredType(accept, ACCEPTED);
  return type && ANSWERED_AS[type];
}

function unknownFormat(): FhirError {
  return new FhirError(`_format accepts one of ${[...FORMATS.keys()].join(', ')}.`, {
    status: 406,
    code: 'not-supported',
    expression: ['_format'],
  });
}

function notAcceptable(): FhirError {
  return new FhirError(
    'Accept must admit application/fhir+json or application/fhir+xml (application/json, application/xml and */* do too).',
    { status: 406, code: 'not-supported', expression: ['Accept'] },
  );
}
