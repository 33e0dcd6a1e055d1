import { applyDecorators } from '@nestjs/common';
import {
  ApiBody,
  ApiHeader,
  ApiNoContentResponse,
  ApiOperation,
  ApiParam,
  ApiResponse,
} from '@nestjs/swagger';

import { ApiOutcomes } from '../../common';

const REFUSALS = {
  400: 'The body is no JSON, or is another resource than the URL names; or a header cannot be read.',
  401: 'The access token is missing, expired or not valid.',
  403: 'Scope or licence do not let this type be written.',
  412: 'What is stored is not what If-Match or If-None-Match expects.',
  429: 'Too much is waiting to be written; Retry-After says when to send it again.',
  503: 'Another writer, such as a load, has the store to itself; Retry-After says when to send it again.',
};

/** The write of a resource in the API's description. */
export function ApiPutResource(): MethodDecorator {
  return applyDecorators(
    ApiOperation({
      summary: 'Write a resource',
      description:
        'Creates or replaces the resource under this id. Answered after the commit. What meta says of version and time is replaced by the store’s own. A resource that is there unchanged gets no new version.',
    }),
    ApiParam({ name: 'id', description: 'Logical id, the same as in the body.' }),
    ApiBody({ schema: { type: 'object' } }),
    ApiPrecondition('If-Match'),
    ApiPrecondition('If-None-Match'),
    ApiHeader({
      name: 'Prefer',
      required: false,
      description: 'return=minimal, representation or OperationOutcome.',
    }),
    ApiResponse({ status: 200, description: 'It was there, and is now as sent.' }),
    ApiResponse({ status: 201, description: 'It is new.' }),
    ApiOutcomes({
      ...REFUSALS,
      413: 'The resource is too large.',
      415: 'The body is not JSON by its Content-Type.',
      422: 'The resource cannot be stored; the diagnostics say why.',
    }),
  );
}

/** Transactions and batches in the API's description. */
export function ApiPostBundle(): MethodDecorator {
  return applyDecorators(
    ApiOperation({
      summary: 'Write a transaction or a batch',
      description:
        'A Bundle of PUT, POST and DELETE. A transaction is written as a whole or not at all, and its entries may refer to one another by fullUrl or [type]?identifier=system|value; the entries of a batch are written each by itself. Answered after the commit.',
    }),
    ApiBody({ schema: { type: 'object' } }),
    ApiHeader({
      name: 'Prefer',
      required: false,
      description: 'return=minimal, representation or OperationOutcome.',
    }),
    ApiResponse({
      status: 200,
      description: 'A Bundle that answers entry by entry, in their order.',
    }),
    ApiOutcomes({
      ...REFUSALS,
      400: 'The body is no JSON or no such Bundle, or an entry asks for nothing that is done here; the issue names it.',
      406: 'The answer is given in JSON only.',
      413: 'The Bundle is too large, or has too many entries.',
      415: 'The body is not JSON by its Content-Type.',
      422: 'A resource cannot be stored, or refers to what is not there; the issue names its entry.',
    }),
  );
}

/** The deletion of a resource in the API's description. */
export function ApiDeleteResource(): MethodDecorator {
  return applyDecorators(
    ApiOperation({
      summary: 'Delete a resource',
      description: 'Later exports with _since tell of it. Answered after the commit.',
    }),
    ApiParam({ name: 'id', description: 'Logical id.' }),
    ApiPrecondition('If-Match'),
    ApiNoContentResponse({ description: 'It is not there any more, or never was.' }),
    ApiOutcomes(REFUSALS),
  );
}

function ApiPrecondition(name: 'If-Match' | 'If-None-Match'): MethodDecorator {
  const description =
    name === 'If-Match'
      ? 'The version that must be stored: W/"3".'
      : '*: nothing may be stored under this id.';
  return ApiHeader({ name, required: false, description });
}
