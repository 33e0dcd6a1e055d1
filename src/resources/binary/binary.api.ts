import { applyDecorators } from '@nestjs/common';
import { ApiOperation, ApiParam, ApiQuery, ApiResponse } from '@nestjs/swagger';

import { ApiOutcomes } from '../../common';

/** The read of a Binary in the API's description. */
export function ApiBinary(): MethodDecorator {
  return applyDecorators(
    ApiOperation({
      summary: 'Download an attachment',
      description:
        'The bytes of a Binary in its own content type: what the url of an exported attachment leads to. With Accept: application/fhir+json or _format=json, the resource.',
    }),
    ApiParam({
      name: 'id',
      description: 'Logical id of the Binary, from the url of an attachment.',
    }),
    ApiQuery({
      name: '_format',
      required: false,
      description: 'Overrides the Accept header: json, or the content type of the Binary.',
      schema: { type: 'string' },
    }),
    ApiResponse({
      status: 200,
      description: 'The content, or the resource.',
      content: {
        '*/*': { schema: { type: 'string', format: 'binary' } },
        'application/fhir+json': { schema: { type: 'object' } },
        'application/json': { schema: { type: 'object' } },
      },
      headers: {
        ETag: { description: 'Version of the Binary.', schema: { type: 'string' } },
        'Last-Modified': { description: 'When it came to be.', schema: { type: 'string' } },
      },
    }),
    ApiOutcomes({
      401: 'The access token is missing, expired or not valid.',
      403: 'The token covers neither Binary nor DocumentReference.',
      404: 'No such Binary, or of no patient whom the app may export.',
      429: 'The app has too many downloads under way; Retry-After says when to ask again.',
      406: 'Accept or _format admits neither the content type of the Binary nor JSON.',
      503: 'The Binary is being replaced just now.',
    }),
  );
}
