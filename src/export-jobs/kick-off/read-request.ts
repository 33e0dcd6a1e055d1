import type { Request } from 'express';

import { shown } from '@app/fhir';

import { FhirError, isFhirWideParameter, typeInR4 } from '../../common';
import type { Config } from '../../config';
import { parseParametersBody } from './parameters-body';
import type { ParameterSource } from './parameters/kick-off-parameters';
import { type NamedValue, parseQueryString } from './query-string';

/** The parameters of a kick-off as they came, and where they were. */
export interface RawParameters {
  readonly source: ParameterSource;
  readonly parameters: readonly NamedValue[];
}

const BODY_TYPES = ['application/fhir+json', 'application/json'];

type BulkDataVersion = Config['export']['bulkDataVersion'];

/**
 * GET has its parameters in the query (EN-01), POST in a FHIR Parameters resource (EN-02).
 *
 * @throws FhirError 400, 405 for a GET where the version has none (KO-05), or 415 for a body of another
 *   media type (HD-10)
 */
export function readRequest(request: Request, version: BulkDataVersion): RawParameters {
  if (version === '4.0-ballot' && request.method !== 'POST') throw onlyByPost();
  const query = parseQueryString(request.originalUrl);
  if (request.method !== 'POST') return { source: 'query', parameters: query };
  const [first] = query.find(([name]) => !isFhirWideParameter(name)) ?? [];
  if (first !== undefined) throw parametersInQuery(first);
  // EN-07: no body, no parameters.
  if (!hasBody(request)) return { source: 'body', parameters: [] };
  const type = typeInR4(request.get('Content-Type') ?? '');
  if (!BODY_TYPES.includes(type ?? '')) throw unsupportedMediaType();
  return { source: 'body', parameters: parseParametersBody(request.body) };
}

function onlyByPost(): FhirError {
  return new FhirError(
    'Exports are started by POST, with a FHIR Parameters resource as body or none: Bulk Data 4.0 has no other way.',
    { status: 405, code: 'not-supported', headers: { Allow: 'POST' } },
  );
}

function hasBody({ headers }: Request): boolean {
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;
}

function parametersInQuery(name: string): FhirError {
  return new FhirError(
    'A POST takes its parameters in the body, a FHIR Parameters resource, not in the query.',
    {
      status: 400,
      code: 'invalid',
      expression: [shown(name)],
    },
  );
}

function unsupportedMediaType(): FhirError {
  return new FhirError(
    'The body must be application/fhir+json (application/json does too), of R4: a FHIR Parameters resource.',
    { status: 415, code: 'not-supported', expression: ['Content-Type'] },
  );
}
