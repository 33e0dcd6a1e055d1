import { applyDecorators } from '@nestjs/common';
import {
  ApiHeader,
  ApiOperation,
  type ApiOperationOptions,
  ApiQuery,
  ApiResponse,
  type ApiResponseOptions,
} from '@nestjs/swagger';

import { operationOutcome } from '@app/fhir';

import { CODE_OF_STATUS } from './code-of-status';
import { SANDBOX_BEHAVIOURS, SANDBOX_HEADER } from './sandbox';
import { FHIR_MEDIA_TYPES } from './send-fhir';

/** The chapters of the API's description, in the order in which an app meets them. */
export const API_TAGS = {
  discovery: 'Discovery',
  token: 'Authorisation',
  groups: 'Groups',
  export: 'Export',
  files: 'Files',
  feeds: 'Feeds',
  operatorApps: 'Operators: apps',
  operatorGroups: 'Operators: groups',
  operatorExports: 'Operators: exports',
} as const;

/** Name of the security scheme of routes that want an access token. */
export const BEARER_SCHEME = 'bearer';

/** Name of the security scheme of routes for operators. */
export const OPERATOR_SCHEME = 'operator';

/** An operation that wants no access token. */
export function ApiPublicOperation(options: ApiOperationOptions): MethodDecorator {
  return ApiOperation({ security: [], ...options });
}

/** Of sandboxes alone: see ofDeployment. */
export function ApiSandboxHeader(): MethodDecorator {
  return ApiHeader({
    name: SANDBOX_HEADER,
    required: false,
    description: `Of a sandbox: what a client wants to be tested with, such as slow=30, fail=Observation. With commas between them: ${SANDBOX_BEHAVIOURS}.`,
    schema: { type: 'string' },
  });
}

/** Describes the answers of a route that are OperationOutcomes: status → when it occurs. */
export function ApiOutcomes(
  outcomes: Readonly<Record<number, string>>,
): ClassDecorator & MethodDecorator {
  const responses = Object.entries(outcomes).map(([status, description]) =>
    ApiResponse({
      status: Number(status),
      description,
      content: outcomeContent(Number(status), description),
    }),
  );
  return applyDecorators(...responses);
}

/** An OperationOutcome, with an example that is of this failure of this operation, and of no other. */
export function outcomeContent(status: number, diagnostics: string): ContentObject {
  const code = CODE_OF_STATUS[status] ?? 'processing';
  const severity = status === 500 ? 'fatal' : 'error';
  return {
    [FHIR_MEDIA_TYPES.json]: {
      schema: { $ref: '#/components/schemas/OperationOutcome' },
      example: operationOutcome({ severity, code, diagnostics }),
    },
    [FHIR_MEDIA_TYPES.xml]: { schema: { type: 'string' } },
  };
}

type ContentObject = NonNullable<Extract<ApiResponseOptions, { content?: unknown }>['content']>;

/** The `_format` parameter, which stands in for an Accept header. */
export function ApiFormat(): MethodDecorator {
  return ApiQuery({
    name: '_format',
    description: 'Overrides the Accept header: json or xml, or one of their media types.',
    required: false,
    schema: { type: 'string', enum: ['json', 'xml', ...Object.values(FHIR_MEDIA_TYPES)] },
  });
}
