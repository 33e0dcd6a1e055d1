import type { NextFunction, Request, RequestHandler, Response } from 'express';

import { acceptQuality } from './accept-quality';
import { FhirError } from './fhir.error';

/** How FHIR is spelt in an answer. */
export type FhirFormat = 'json' | 'xml';

/** The parts of a request that say how to answer it. */
export type AskingRequest = Pick<Request, 'headers' | 'originalUrl' | 'is' | 'body'>;

/** In Accept; NDJSON stands for clients that ask for the format of files all the way. */
const MEDIA_TYPES: Readonly<Record<FhirFormat, readonly string[]>> = {
  json: [
    'application/fhir+json',
    'application/json',
    'text/json',
    'application/ndjson',
    'application/fhir+ndjson',
  ],
  xml: ['application/fhir+xml', 'application/xml', 'text/xml'],
};

/** Values of `_format` (R4 http, 3.1.0.1.11). */
const FORMATS: ReadonlyMap<string, FhirFormat> = new Map([
  ['json', 'json'],
  ['application/fhir+json', 'json'],
  ['application/json', 'json'],
  ['text/json', 'json'],
  ['xml', 'xml'],
  ['application/fhir+xml', 'xml'],
  ['application/xml', 'xml'],
  ['text/xml', 'xml'],
]);

const FHIR_WIDE = ['_format', '_pretty'];

/** True for parameters that every FHIR request may have: they say how to answer, not what (UN-06). */
export function isFhirWideParameter(name: string): boolean {
  return FHIR_WIDE.includes(name);
}

/**
 * The format that a request asks for: `_format`, in the query or in a form, overrides Accept. JSON when
 * neither says anything, or likes both the same.
 *
 * @throws FhirError 406 that names what is at fault
 */
export function fhirFormat(request: AskingRequest): FhirFormat {
  const parameters = formatParameters(request);
  const format =
    parameters.length > 0 ? parameterFormat(parameters) : acceptFormat(request.headers.accept);
  if (format !== undefined) return format;
  throw parameters.length > 0 ? unknownFormat() : notAcceptable();
}

/** The format of a refusal, which must be readable even if what was asked for does not exist. */
export function outcomeFormat(request: AskingRequest): FhirFormat {
  return (
    parameterFormat(formatParameters(request)) ?? acceptFormat(request.headers.accept) ?? 'json'
  );
}

/** Refuses requests that want neither JSON nor XML (HD-09), before anything is done for them. */
export function negotiateFormat(): RequestHandler {
  return (request: Request, response: Response, next: NextFunction) => {
    response.vary('Accept');
    fhirFormat(request);
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
function parameterFormat(values: readonly string[]): FhirFormat | undefined {
  const [format, ...others] = new Set(
    values.map((value) => {
      const [name = ''] = value.split(';', 1);
      // A plus that was decoded to a space is forgiven.
      return FORMATS.get(name.trim().toLowerCase().replaceAll(' ', '+'));
    }),
  );
  return others.length > 0 ? undefined : format;
}

/** HD-03: no Accept counts as JSON. Undefined when neither format is admitted. */
function acceptFormat(accept: string | undefined): FhirFormat | undefined {
  if (accept === undefined || accept.trim() === '') return 'json';
  const best = (format: FhirFormat): number =>
    Math.max(...MEDIA_TYPES[format].map((type) => acceptQuality(accept, type)));
  const [json, xml] = [best('json'), best('xml')];
  if (json === 0 && xml === 0) return undefined;
  return xml > json ? 'xml' : 'json';
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
