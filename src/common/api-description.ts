import { applyDecorators } from '@nestjs/common';
import { ApiOperation, type ApiOperationOptions, ApiQuery, ApiResponse } from '@nestjs/swagger';

import { FHIR_MEDIA_TYPES } from './send-fhir';

/** The chapters of the API's description, in the order in which an app meets them. */
export const API_TAGS = {
  discovery: 'Discovery',
  token: 'Authorisation',
  groups: 'Groups',
  export: 'Export',
  files: 'Files',
  operatorApps: 'Operators: apps',
  operatorGroups: 'Operators: groups',
} as const;

/** Name of the security scheme of routes that want an access token. */
export const BEARER_SCHEME = 'bearer';

/** Name of the security scheme of routes for operators. */
export const OPERATOR_SCHEME = 'operator';

/** An operation that wants no access token. */
export function ApiPublicOperation(options: ApiOperationOptions): MethodDecorator {
  return ApiOperation({ security: [], ...options });
}

/** Describes the answers of a route that are OperationOutcomes: status → when it occurs. */
export function ApiOutcomes(
  outcomes: Readonly<Record<number, string>>,
): ClassDecorator & MethodDecorator {
  const responses = Object.entries(outcomes).map(([status, description]) =>
    ApiResponse({
      status: Number(status),
      description,
      content: {
        [FHIR_MEDIA_TYPES.json]: { schema: { $ref: '#/components/schemas/OperationOutcome' } },
        [FHIR_MEDIA_TYPES.xml]: { schema: { type: 'string' } },
      },
    }),
  );
  return applyDecorators(...responses);
}

/** The `_format` parameter, which stands in for an Accept header. */
export function ApiFormat(): MethodDecorator {
  return ApiQuery({
    name: '_format',
    description: 'Overrides the Accept header: json or xml, or one of their media types.',
    required: false,
    schema: { type: 'string', enum: ['json', 'xml', ...Object.values(FHIR_MEDIA_TYPES)] },
  });
}
