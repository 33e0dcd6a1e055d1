import { applyDecorators } from '@nestjs/common';
import { ApiHeader, ApiOperation, ApiParam, ApiQuery, ApiResponse } from '@nestjs/swagger';

import { ApiOutcomes } from '../common';

/** The read of a resource in the API's description. */
export function ApiReadResource(): MethodDecorator {
  return ApiRead(
    'Read a resource',
    'The resource as an export would give it: of a patient in a group that the app is licensed for, or what such a patient’s resources lead to.',
  );
}

/** The read of a version in the API's description. */
export function ApiReadVersion(): MethodDecorator {
  return applyDecorators(
    ApiRead(
      'Read the latest version of a resource',
      'What Location names after a write. Earlier versions cannot be read.',
    ),
    ApiParam({ name: 'version', description: 'meta.versionId.' }),
  );
}

function ApiRead(summary: string, description: string): MethodDecorator {
  return applyDecorators(
    ApiOperation({ summary, description }),
    ApiParam({ name: 'id', description: 'Logical id.' }),
    ApiQuery({
      name: '_format',
      required: false,
      description: 'Overrides the Accept header; json.',
      schema: { type: 'string' },
    }),
    ApiHeader({
      name: 'If-None-Match',
      required: false,
      description: 'ETags that the client has: W/"3".',
    }),
    ApiResponse({
      status: 200,
      description: 'The resource.',
      content: { 'application/fhir+json': { schema: { type: 'object' } } },
      headers: {
        ETag: { description: 'Its version.', schema: { type: 'string' } },
        'Last-Modified': {
          description: 'When this version came to be.',
          schema: { type: 'string' },
        },
      },
    }),
    ApiResponse({ status: 304, description: 'The client has this version.' }),
    ApiOutcomes({
      400: 'A read takes no parameters but _format.',
      401: 'The access token is missing, expired or not valid.',
      403: 'The token does not cover the type.',
      404: 'No such resource, or an export of the app’s groups would not give it.',
      406: 'Stored resources are given in JSON only.',
      429: 'The app has too many downloads under way; Retry-After says when to ask again.',
      503: 'The resource is being replaced just now.',
    }),
  );
}
