import { STATUS_CODES } from 'node:http';

import type { Request, Response } from 'express';

import { operationOutcome } from '@app/fhir';

import { fhirMediaType, isXml, sendFhir } from '../../common';
import type { Config } from '../../config';
import type { ExportStatus } from './export-status.service';
import type { Manifest } from './manifest';
import { manifestV4Ballot } from './manifest-ballot';
import { manifestParameters } from './manifest-parameters';

type BulkDataVersion = Config['export']['bulkDataVersion'];

/** The status of an export in words of HTTP. */
const HTTP_STATUS = {
  'in-progress': 202,
  complete: 200,
  failed: 500,
} as const satisfies Readonly<Record<ExportStatus['state'], number>>;

/**
 * Answers a poll. If the client chose so at kick-off, the status of the answer is that of the poll
 * alone, and the export's is in X-Export-Status (SX-03, SX-04).
 *
 * @param version whose manifests are written
 */
export function sendStatus(
  request: Request,
  response: Response,
  status: ExportStatus,
  version: BulkDataVersion,
): void {
  const code = HTTP_STATUS[status.state];
  response.status(status.separate ? 200 : code);
  if (status.separate) response.set('X-Export-Status', `${code} ${STATUS_CODES[code] ?? ''}`);
  switch (status.state) {
    case 'in-progress':
      response
        .set('X-Progress', `${status.progress}%`)
        .set('Retry-After', String(status.retryAfter));
      if (status.manifest) sendManifest(request, response, status.manifest, version);
      else response.end();
      return;
    case 'failed':
      sendFhir(response, operationOutcome(status.issue), fhirMediaType(request));
      return;
    case 'complete':
      response.set('Expires', status.expires.toUTCString());
      sendManifest(request, response, status.manifest, version);
  }
}

function sendManifest(
  request: Request,
  response: Response,
  manifest: Manifest,
  version: BulkDataVersion,
): void {
  const mediaType = fhirMediaType(request);
  if (isXml(mediaType)) {
    sendFhir(response, manifestParameters(manifest), mediaType);
    return;
  }
  // ST-07: in JSON the manifest is no FHIR resource, and not called one.
  const body = version === '3.0' ? manifest : manifestV4Ballot(manifest);
  response.type('application/json').send(JSON.stringify(body));
}
