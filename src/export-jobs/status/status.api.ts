import { applyDecorators } from '@nestjs/common';
import { ApiOperation, ApiResponse } from '@nestjs/swagger';

import { ApiFormat, ApiOutcomes, FHIR_MEDIA_TYPES } from '../../common';

const MANIFEST_CONTENT = {
  'application/json': { schema: { $ref: '#/components/schemas/Manifest' } },
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
        'Complete. Data that could not be exported is described by files of OperationOutcomes. If the kick-off preferred separate-export-status, also while the export runs, then with X-Export-Status: 202 Accepted, X-Progress, Retry-After and no body (a manifest with allowPartialManifests), and when it failed, with an OperationOutcome.',
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
