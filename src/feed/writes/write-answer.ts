import type { Request, Response } from 'express';

import { type OperationOutcome, operationOutcome } from '@app/fhir';

import { FhirError, parsePreferences } from '../../common';
import type { WriteResult } from './resource-write';

/** Whether the client prefers to get the resource back. */
export function wantsContent(request: Request): boolean {
  return preferredReturn(request) === 'representation';
}

/** What a client wants back: minimal, representation or OperationOutcome. */
export function preferredReturn({ headers: { prefer } }: Request): string | undefined {
  const header = Array.isArray(prefer) ? prefer.join(',') : prefer;
  return parsePreferences(header).get('return');
}

/**
 * Tells a client what became of its write.
 *
 * @throws FhirError 412 for what was not expected, 422 for what cannot be stored
 */
export function answer(
  { request, response, fhirBase }: { request: Request; response: Response; fhirBase: string },
  result: WriteResult | undefined,
): void {
  if (result === undefined || result.kind === 'undone')
    throw new Error('A write was not carried out.');
  if (result.kind === 'unexpected') throw preconditionFailed(result.version);
  if (result.kind === 'rejected') throw notTaken(result.reason);
  if (result.kind === 'gone') {
    response.status(204).end();
    return;
  }
  const { stored, isNew } = result;
  const { key, version, lastUpdated, content } = stored;
  response
    .status(isNew ? 201 : 200)
    .set('ETag', `W/"${version}"`)
    .set('Last-Modified', lastUpdated.toUTCString())
    .set('Location', `${fhirBase}/${key}/_history/${version}`);
  const body = content ?? outcomeFor(request, isNew);
  if (body === undefined) response.end();
  else response.type('application/fhir+json').end(body);
}

function outcomeFor(request: Request, isNew: boolean): string | undefined {
  if (preferredReturn(request) !== 'OperationOutcome') return undefined;
  return JSON.stringify(outcomeOf(isNew));
}

export function outcomeOf(isNew: boolean): OperationOutcome {
  const diagnostics = isNew ? 'The resource is new.' : 'The resource was there already.';
  return operationOutcome({ severity: 'information', code: 'informational', diagnostics });
}

function preconditionFailed(version: string | undefined): FhirError {
  const found = version === undefined ? 'no such resource' : `version ${version}`;
  return new FhirError(
    `There is ${found}, not what If-Match or If-None-Match expects. Nothing was written.`,
    {
      ...{ status: 412, code: 'conflict' },
    },
  );
}

function notTaken(reason: string): FhirError {
  return new FhirError(
    `The resource cannot be stored: ${reason.replace(/\.$/, '')}. Nothing was written.`,
    {
      ...{ status: 422, code: 'processing' },
    },
  );
}
