import { applyDecorators } from '@nestjs/common';
import {
  ApiBody,
  ApiConsumes,
  ApiHeader,
  ApiParam,
  ApiQuery,
  type ApiQueryOptions,
  ApiResponse,
} from '@nestjs/swagger';

import { RESOURCE_TYPES } from '@app/fhir';

import { ApiFormat, ApiOutcomes } from '../../common';
import { IDEMPOTENCY_HEADER } from './idempotency';

const TEXT = { type: 'string' } as const;
/** A list in one value, with commas, of what may be in it. */
const listOf = (values: readonly string[]) =>
  ({
    schema: { type: 'array', items: { type: 'string', enum: [...values] } },
    style: 'form',
    explode: false,
  }) as const;
const oneOf = (...values: readonly string[]) =>
  ({ schema: { type: 'string', enum: [...values] } }) as const;

/** The parameters of a kick-off that GET can have in its query; lists are separated by commas. */
const QUERY_PARAMETERS = [
  {
    name: '_type',
    description: 'Types to export. Left out: every type that the token covers, but for Binary.',
    ...listOf(RESOURCE_TYPES),
    example: ['Patient', 'Condition', 'Observation'],
  },
  {
    name: '_since',
    description:
      'FHIR instant: only resources that changed later. Give the transactionTime of your previous export.',
    schema: TEXT,
    example: '2026-01-31T11:28:17.000Z',
  },
  {
    name: '_until',
    description: 'FHIR instant: only resources that changed earlier.',
    schema: TEXT,
    example: '2026-02-28T23:59:59.999Z',
  },
  {
    name: '_elements',
    description:
      'Elements at the root to keep, with or without their type; mandatory elements and modifiers stay. Trimmed resources are tagged SUBSETTED.',
    schema: TEXT,
    example: 'Patient.birthDate,Observation.value',
  },
  {
    name: '_typeFilter',
    description:
      'FHIR search of one type that its resources must match; of several searches of a type one.',
    schema: TEXT,
    example: 'Observation?category=laboratory',
  },
  {
    name: 'includeAssociatedData',
    description:
      'LatestProvenanceResources or RelevantProvenanceResources: adds the newest Provenance, or all of it, of what is exported.',
    ...listOf(['LatestProvenanceResources', 'RelevantProvenanceResources']),
  },
  {
    name: 'organizeOutputBy',
    description:
      'Patient: files hold a block for each patient, a header and everything of theirs, instead of one type.',
    ...oneOf('Patient'),
  },
  {
    name: 'allowPartialManifests',
    description:
      'true: the status answers with files that are ready while the export goes on, in pages that are linked.',
    ...oneOf('true', 'false'),
  },
  {
    name: '_outputFormat',
    description: 'All of them mean NDJSON.',
    ...oneOf('application/fhir+ndjson', 'application/ndjson', 'ndjson'),
  },
] satisfies readonly ApiQueryOptions[];

/** The parameters of a kick-off in the API's description: GET has them in the query. */
export function ApiKickOffQuery(): MethodDecorator {
  const parameters = QUERY_PARAMETERS.map((parameter) =>
    ApiQuery({ ...parameter, required: false }),
  );
  return applyDecorators(...parameters);
}

/** The parameters of a kick-off by POST: in the body. The example is good for every server. */
export function ApiKickOffBody(level: 'group' | 'patient' | 'system'): MethodDecorator {
  return applyDecorators(
    ApiConsumes('application/fhir+json'),
    ApiBody({
      required: false,
      description:
        level === 'system'
          ? 'A Parameters resource.'
          : 'A Parameters resource. Besides those of GET it may have patient, a valueReference to a patient that the export is narrowed to, as often as wanted.',
      schema: { type: 'object', example: EXAMPLE },
    }),
    ApiOutcomes({
      413: 'The body is too large.',
      415: 'The body is not JSON.',
    }),
    ...(level === 'patient' ? [ApiOutcomes({ 404: NOT_FOUND })] : []),
  );
}

/** What GET and POST share. */
export function ApiGroupKickOff(): MethodDecorator {
  return applyDecorators(
    ApiParam({ name: 'id', description: 'Logical id of the group.', example: 'INF-101' }),
    ApiKickOff(),
    ApiOutcomes({
      403: 'The token does not cover a type that _type names, or nothing at all; or the app is no System app.',
      404: NOT_FOUND,
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

/** What GET and POST share. */
export function ApiSystemKickOff(): MethodDecorator {
  return applyDecorators(
    ApiKickOff(),
    ApiOutcomes({
      403: 'The app is not licensed for all groups; or the token does not cover a type that _type names; or the app is no System app.',
    }),
  );
}

function ApiKickOff(): MethodDecorator {
  return applyDecorators(
    ApiFormat(),
    ApiHeader({
      name: 'Prefer',
      required: false,
      description:
        'respond-async, which is assumed when it is missing; handling=lenient to have parameters that cannot be honoured ignored, where that does not widen the export, and described in an error file; separate-export-status to have polls answered 200 with the state in X-Export-Status.',
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
        'Preference-Applied': {
          description: 'The preferences that are honoured.',
          schema: { type: 'string' },
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

const NOT_FOUND =
  'No such group, or the app is not licensed for it; or a patient that patient names is unknown or not in it.';

const EXAMPLE = {
  resourceType: 'Parameters',
  parameter: [{ name: '_type', valueString: 'Patient,Condition' }],
};
