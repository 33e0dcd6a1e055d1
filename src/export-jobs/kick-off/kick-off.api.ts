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

import { EXPORT_PARAMETERS, type ExportParameter } from '@app/fhir';

import { ApiFormat, ApiOutcomes, ApiSandboxHeader } from '../../common';
import { IDEMPOTENCY_HEADER } from './idempotency';

/** The parameters of a kick-off in the API's description: GET has them in the query. */
export function ApiKickOffQuery(): MethodDecorator {
  return applyDecorators(
    ...EXPORT_PARAMETERS.filter(isForQueries).map((parameter) => ApiQuery(inQuery(parameter))),
  );
}

const isForQueries = ({ isForBodies }: ExportParameter): boolean => !isForBodies;

/** A list stands in one value, with commas. */
function inQuery({
  name,
  documentation,
  values,
  isList,
  example,
}: ExportParameter): ApiQueryOptions {
  const value = { type: 'string' as const, ...(values && { enum: [...values] }) };
  return {
    name,
    description: documentation,
    required: false,
    ...(isList
      ? { schema: { type: 'array', items: value }, style: 'form', explode: false }
      : { schema: value }),
    ...(example !== undefined && { example }),
  };
}

const DEFINITION = { group: 'group-export', patient: 'patient-export', system: 'export' };

/** The parameters of a kick-off by POST: in the body. The example is good for every server. */
export function ApiKickOffBody(level: 'group' | 'patient' | 'system'): MethodDecorator {
  return applyDecorators(
    ApiConsumes('application/fhir+json'),
    ApiBody({
      required: false,
      description: `A Parameters resource; no body: no parameters. [base]/OperationDefinition/${DEFINITION[level]} lists them${level === 'system' ? '' : ', patient among them: a valueReference to a patient that the export is narrowed to, as often as wanted'}.`,
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
    ApiSandboxHeader(),
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
    ApiResponse({
      status: 200,
      description:
        'With _dry-run: Parameters with patients, resources, bytes and seconds, then resources and bytes of each type. Nothing was started.',
    }),
    ApiOutcomes({
      400: 'A parameter is unknown or has a value that cannot be honoured; the issue names it.',
      401: 'The access token is missing, expired or not valid.',
      406: 'Accept or _format asks for something other than JSON or XML.',
      422: 'The Idempotency-Key was used for another request; or the group cannot be resolved to members; or a dry run took longer than 30 s.',
      429: 'Too many exports are waiting already, or dry runs going on. Retry-After says when there is probably room.',
    }),
  );
}

const NOT_FOUND =
  'No such group, or the app is not licensed for it; or a patient that patient names is unknown or not in it.';

const EXAMPLE = {
  resourceType: 'Parameters',
  parameter: [{ name: '_type', valueString: 'Patient,Condition' }],
};
