import { applyDecorators } from '@nestjs/common';
import { ApiOperation, ApiResponse } from '@nestjs/swagger';

import { ApiFormat, ApiOutcomes, FHIR_MEDIA_TYPES } from '../../common';
import { BYTES, GZIP_BYTES, GZIP_SHA256, SHA256 } from './manifest';

const FILE = {
  type: 'object',
  required: ['url', 'count'],
  properties: {
    type: {
      type: 'string',
      example: 'Patient',
      description: 'Left out of output that is organized by patient.',
    },
    url: { type: 'string', format: 'uri' },
    count: { type: 'integer', description: 'Resources in the file.', example: 5000 },
    extension: {
      type: 'object',
      properties: {
        [SHA256]: {
          type: 'string',
          description:
            'SHA-256 of the NDJSON, in hex. Left out where it is not known: see docs/packed-segments.md.',
        },
        [BYTES]: { type: 'integer', description: 'Bytes of NDJSON.' },
        [GZIP_SHA256]: {
          type: 'string',
          description: 'SHA-256 of the file as it is stored, in hex, where it is stored in gzip.',
        },
        [GZIP_BYTES]: {
          type: 'integer',
          description: 'Bytes of the file as it is stored in gzip.',
        },
      },
    },
  },
};

/** The manifest in the API's description. */
const MANIFEST_SCHEMA = {
  type: 'object',
  required: ['transactionTime', 'request', 'requiresAccessToken', 'output', 'error'],
  properties: {
    transactionTime: {
      type: 'string',
      format: 'date-time',
      description: 'The instant that the export shows. Give it as _since next time.',
    },
    request: { type: 'string', description: 'The URL of the kick-off.' },
    requiresAccessToken: { type: 'boolean', example: true },
    outputOrganizedBy: {
      type: 'string',
      example: 'Patient',
      description: 'If organizeOutputBy was asked for: files hold blocks, one a patient.',
    },
    output: { type: 'array', items: FILE },
    deleted: {
      type: 'array',
      items: FILE,
      description:
        'Files of transaction Bundles of DELETE entries; left out when there is nothing.',
    },
    error: { type: 'array', items: FILE },
    link: {
      type: 'array',
      maxItems: 1,
      items: {
        type: 'object',
        required: ['relation', 'url'],
        properties: {
          relation: { type: 'string', enum: ['next'] },
          url: { type: 'string', format: 'uri' },
        },
      },
      description: 'Only if the kick-off had allowPartialManifests: where more files are listed.',
    },
  },
};

const MANIFEST_CONTENT = {
  'application/json': { schema: MANIFEST_SCHEMA },
  [FHIR_MEDIA_TYPES.xml]: {
    schema: { type: 'string', description: 'The manifest as a FHIR Parameters resource.' },
  },
};

/** Sent only if the kick-off preferred `separate-export-status` (SX-04). */
const X_EXPORT_STATUS = {
  'X-Export-Status': {
    description: 'Only if the kick-off preferred separate-export-status: the status of the export.',
    schema: { type: 'string', example: '202 Accepted' },
  },
} as const;

const IN_PROGRESS = {
  'X-Progress': { description: 'Percentage complete.', schema: { type: 'string', example: '42%' } },
  'Retry-After': { description: 'Seconds until the next poll.', schema: { type: 'integer' } },
} as const;

/** What polls of an export, and of pages of its manifest, have in common. */
export function ApiPoll(operation: {
  readonly summary: string;
  readonly description: string;
}): MethodDecorator {
  return applyDecorators(
    ApiFormat(),
    ApiOperation(operation),
    ApiResponse({
      status: 200,
      description:
        'Complete. Data that could not be exported is described by the files in error. If the kick-off preferred separate-export-status, also while the export runs, then with X-Export-Status: 202 Accepted, X-Progress, Retry-After and no body (a manifest with allowPartialManifests), and when it failed, with an OperationOutcome.',
      headers: {
        Expires: { description: 'When the files go away.', schema: { type: 'string' } },
        ...IN_PROGRESS,
        ...X_EXPORT_STATUS,
      },
      content: {
        ...MANIFEST_CONTENT,
        [FHIR_MEDIA_TYPES.json]: { schema: { $ref: '#/components/schemas/OperationOutcome' } },
      },
    }),
    ApiResponse({
      status: 202,
      description:
        'In progress. Only if the kick-off had allowPartialManifests, with the files that are ready.',
      headers: IN_PROGRESS,
      content: MANIFEST_CONTENT,
    }),
    ApiOutcomes({
      403: 'The token does not cover every type of the export.',
      429: 'Polled before the announced time; Retry-After says how many seconds remain.',
      500: 'The export failed; the issue says why.',
    }),
  );
}
