import { applyDecorators } from '@nestjs/common';
import { ApiBody, ApiConsumes, ApiHeader, ApiParam, ApiQuery, ApiResponse } from '@nestjs/swagger';

import { RESOURCE_TYPES } from '@app/fhir';

import { ApiFormat, ApiOutcomes } from '../../common';
import { IDEMPOTENCY_HEADER } from './idempotency';

/** The parameters of a kick-off in the API's description: GET has them in the query. */
export function ApiKickOffQuery(): MethodDecorator {
  return applyDecorators(
    ApiQuery({
      name: '_type',
      required: false,
      description: `Types to export, separated by commas. Left out: every type that the token covers. One or more of ${RESOURCE_TYPES.join(', ')}.`,
      example: 'Patient,Condition,Observation',
      schema: { type: 'string' },
    }),
    ApiQuery({
      name: '_since',
      required: false,
      description:
        'FHIR instant: only resources that changed later. Give the transactionTime of your previous export.',
      example: '2026-01-31T11:28:17.000Z',
      schema: { type: 'string' },
    }),
    ApiQuery({
      name: '_outputFormat',
      required: false,
      description: 'application/fhir+ndjson, application/ndjson or ndjson: they all mean NDJSON.',
      example: 'ndjson',
      schema: { type: 'string' },
    }),
  );
}

/** The parameters of a kick-off by POST: in the body. */
export function ApiKickOffBody(): MethodDecorator {
  return applyDecorators(
    ApiConsumes('application/fhir+json'),
    ApiBody({ required: false, schema: { type: 'object', example: PARAMETERS_EXAMPLE } }),
    ApiOutcomes({ 413: 'The body is too large.', 415: 'The body is not JSON.' }),
  );
}

/** What GET and POST share. */
export function ApiGroupKickOff(): MethodDecorator {
  return applyDecorators(
    ApiParam({ name: 'id', description: 'Logical id of the group.', example: 'INF-101' }),
    ApiKickOff(),
    ApiOutcomes({
      403: 'The token does not cover Group, or a type that _type names; or the app is no System app.',
      404: 'No such group, or the app is not licensed for it.',
    }),
  );
}

/** What GET and POST share. */
export function ApiPatientKickOff(): MethodDecorator {
  return applyDecorators(
    ApiKickOff(),
    ApiOutcomes({
      403: 'The app is not licensed for all groups; or the token does not cover Patient, or a type that _type names; or the app is no System app.',
    }),
  );
}

function ApiKickOff(): MethodDecorator {
  return applyDecorators(
    ApiFormat(),
    ApiHeader({
      name: 'Prefer',
      required: false,
      description: 'respond-async; assumed when it is missing.',
      schema: { type: 'string', default: 'respond-async' },
    }),
    ApiHeader({
      name: IDEMPOTENCY_HEADER,
      required: false,
      description:
        '1 to 255 visible ASCII characters of your choice, such as a UUID. Kick-offs with the same key are one export, as long as that exists: repeat a request whose answer was lost. Left out: every kick-off is a new export.',
      schema: { type: 'string', minLength: 1, maxLength: 255 },
    }),
    ApiResponse({
      status: 202,
      description: 'The export has begun, or waits until there is room for it.',
      headers: {
        'Content-Location': {
          description: 'Absolute URL of the status: poll it.',
          schema: { type: 'string', format: 'uri' },
        },
      },
    }),
    ApiOutcomes({
      400: 'A parameter is unknown or has a value that cannot be honoured; the issue names it.',
      401: 'The access token is missing, expired or not valid.',
      406: 'Accept or _format asks for something other than JSON or XML.',
      422: 'The Idempotency-Key was used for another request; or the group cannot be resolved to members.',
      429: 'Too many exports are waiting already. Retry-After says when there is probably room.',
    }),
  );
}

const PARAMETERS_EXAMPLE = {
  resourceType: 'Parameters',
  parameter: [
    { name: '_type', valueString: 'Patient,Condition' },
    { name: '_since', valueInstant: '2026-01-31T11:28:17.000Z' },
  ],
};
