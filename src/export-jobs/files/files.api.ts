import { applyDecorators } from '@nestjs/common';
import { ApiHeader, ApiOperation, ApiParam, ApiResponse } from '@nestjs/swagger';

import { ApiOutcomes } from '../../common';

/** FR-02: this and nothing else. */
export const NDJSON = 'application/fhir+ndjson';

const HEADERS = {
  ETag: { description: 'Of this form of the file; strong, quoted.', schema: { type: 'string' } },
  'Content-Encoding': { description: 'gzip, or absent.', schema: { type: 'string' } },
};

/** A download in the API's description. */
export function ApiDownload(): MethodDecorator {
  return applyDecorators(
    ApiOperation({
      summary: 'Download a file',
      description:
        'As often as wanted until the export expires. One resource a line. Ranges resume a download that broke off.',
    }),
    ApiParam({
      name: 'job',
      description: 'Id of the export, from the URL in the manifest.',
    }),
    ApiParam({
      name: 'file',
      description: 'Name of the file, from the URL in the manifest, such as Patient.1.ndjson.',
    }),
    ApiHeader({
      name: 'Range',
      required: false,
      description:
        'One range of bytes of the form that Accept-Encoding chooses, to resume a download.',
      schema: { type: 'string', example: 'bytes=1000000-' },
    }),
    ApiHeader({
      name: 'If-Range',
      required: false,
      description: 'ETag of the form that the first bytes are from; another one sends the whole.',
      schema: { type: 'string' },
    }),
    ApiResponse({
      status: 200,
      description: 'NDJSON, compressed or not as Accept-Encoding says.',
      headers: HEADERS,
      content: { [NDJSON]: { schema: { type: 'string' } } },
    }),
    ApiResponse({
      status: 206,
      description: 'The range that was asked for.',
      headers: {
        ...HEADERS,
        'Content-Range': { description: 'Which bytes these are.', schema: { type: 'string' } },
      },
      content: { [NDJSON]: { schema: { type: 'string' } } },
    }),
    ApiResponse({ status: 304, description: 'If-None-Match names the file: it never changes.' }),
    ApiOutcomes({
      401: 'The access token is missing, expired or not valid.',
      403: 'The token does not cover the type of the file.',
      404: 'No such file: unknown, another app’s, deleted, or expired.',
      406: 'Accept-Encoding admits neither gzip nor identity.',
      412: 'If-Match names no ETag of this file.',
      429: 'The app has too many downloads under way; Retry-After says when to ask again.',
      416: 'The range lies outside the file; Content-Range says how large it is.',
      500: 'The file does not lie in the storage as it was written.',
      503: 'The storage does not give the file at the moment.',
    }),
  );
}
