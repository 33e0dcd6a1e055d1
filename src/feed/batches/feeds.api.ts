import { applyDecorators } from '@nestjs/common';
import {
  ApiBody,
  ApiCreatedResponse,
  ApiHeader,
  ApiOkResponse,
  ApiOperation,
  ApiParam,
  ApiQuery,
} from '@nestjs/swagger';

import { ApiOutcomes } from '../../common';
import { BatchView, FeedView, RejectedLinesView } from './feeds.dto';

const NDJSON = { schema: { type: 'string', format: 'binary' } };
const COMMON = {
  401: 'The access token is missing, expired or not valid.',
  403: 'The app is not licensed for this feed, or the token lacks system/*.cud.',
};
const ApiFeedName = (): MethodDecorator =>
  ApiParam({ name: 'feed', description: 'Name of the feed.', example: 'ehr' });
const ApiSequence = (): MethodDecorator =>
  ApiParam({ name: 'sequence', description: 'Number of the batch, from 1.', example: '43' });

export function ApiSendBatch(): MethodDecorator {
  return applyDecorators(
    ApiOperation({
      summary: 'Send a batch of changes',
      description:
        'NDJSON, each line a resource, or a transaction Bundle of DELETE entries: what a Bulk Data export delivers. Taken in exactly once and all at one instant; send it again when no answer came. Lines that cannot be taken in are kept on record, and the others go in.',
    }),
    ApiFeedName(),
    ApiSequence(),
    ApiQuery({
      name: 'upTo',
      required: false,
      schema: { type: 'string', format: 'date-time' },
      description: "The EHR's instant up to which its record is contained with this batch.",
    }),
    ApiHeader({
      name: 'Content-Encoding',
      description: 'If the batch is packed.',
      required: false,
      schema: { type: 'string', enum: ['gzip'] },
    }),
    ApiBody({ content: { 'application/fhir+ndjson': NDJSON } } as never),
    ApiCreatedResponse({ type: BatchView, description: 'It is in.' }),
    ApiOkResponse({ type: BatchView, description: 'It was in already; nothing has changed.' }),
    ApiOutcomes({
      ...COMMON,
      400: 'upTo is no instant or lies in the future, or the batch ends early.',
      404: 'The number is none.',
      409: 'It is not the next batch, or one with other content has this number; the next one is named.',
      413: 'The batch is too large.',
      415: 'It is no NDJSON, or packed otherwise than by gzip.',
      429: 'Too many batches are on their way; Retry-After says when to send it again.',
      503: 'Another writer has the store, or the database is not available; Retry-After says when to send it again.',
    }),
  );
}

export function ApiFeed(): MethodDecorator {
  return applyDecorators(
    ApiOperation({
      summary: 'Ask how far a feed is',
      description: 'Its position, the batch to send next, its watermark and how old that is.',
    }),
    ApiFeedName(),
    ApiOkResponse({ type: FeedView }),
    ApiOutcomes(COMMON),
  );
}

export function ApiBatch(): MethodDecorator {
  return applyDecorators(
    ApiOperation({ summary: 'Ask what became of a batch' }),
    ApiFeedName(),
    ApiSequence(),
    ApiOkResponse({ type: BatchView }),
    ApiOutcomes({ ...COMMON, 404: 'No such batch is on record.' }),
  );
}

export function ApiRejectedLines(): MethodDecorator {
  return applyDecorators(
    ApiOperation({
      summary: 'List the rejected lines of a batch',
      description: 'The first ten thousand, in pages.',
    }),
    ApiFeedName(),
    ApiSequence(),
    ApiQuery({
      name: 'after',
      required: false,
      schema: { type: 'integer' },
      description: 'From next.',
    }),
    ApiOkResponse({ type: RejectedLinesView }),
    ApiOutcomes({ ...COMMON, 400: 'after is no number.', 404: 'No such batch is on record.' }),
  );
}
