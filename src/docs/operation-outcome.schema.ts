import type { OpenAPIObject } from '@nestjs/swagger';

type Schemas = NonNullable<NonNullable<OpenAPIObject['components']>['schemas']>;

/** The one shape of every failure but those of the token endpoint. */
export const OPERATION_OUTCOME: Schemas[string] = {
  type: 'object',
  description: 'What went wrong, and what to do about it.',
  required: ['resourceType', 'issue'],
  properties: {
    resourceType: { type: 'string', enum: ['OperationOutcome'] },
    issue: {
      type: 'array',
      items: {
        type: 'object',
        required: ['severity', 'code'],
        properties: {
          severity: { type: 'string', enum: ['fatal', 'error', 'warning', 'information'] },
          code: {
            type: 'string',
            description: 'A code of http://hl7.org/fhir/ValueSet/issue-type.',
          },
          diagnostics: { type: 'string', description: 'For the people who run the client.' },
          expression: {
            type: 'array',
            items: { type: 'string' },
            description: 'Names of the parameters at fault.',
          },
        },
      },
    },
  },
};
