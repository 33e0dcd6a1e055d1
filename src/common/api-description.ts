import { applyDecorators } from '@nestjs/common';
import { ApiResponse } from '@nestjs/swagger';

/** The chapters of the API's description, in the order in which an app meets them. */
export const API_TAGS = {
  discovery: 'Discovery',
  token: 'Authorisation',
  groups: 'Groups',
  export: 'Export',
  files: 'Files',
} as const;

/** Name of the security scheme of routes that want an access token. */
export const BEARER_SCHEME = 'bearer';

/** Describes the answers of a route that are OperationOutcomes: status → when it occurs. */
export function ApiOutcomes(
  outcomes: Readonly<Record<number, string>>,
): ClassDecorator & MethodDecorator {
  const responses = Object.entries(outcomes).map(([status, description]) =>
    ApiResponse({
      status: Number(status),
      description,
      content: {
        'application/fhir+json': { schema: { $ref: '#/components/schemas/OperationOutcome' } },
      },
    }),
  );
  return applyDecorators(...responses);
}
