import type { OpenAPIObject } from '@nestjs/swagger';

import { FHIR_MEDIA_TYPES } from '../common';

type Operation = NonNullable<OpenAPIObject['paths'][string]['get']>;
type Answers = Operation['responses'];

const METHODS = ['get', 'post', 'put', 'patch', 'delete'] as const;

const OUTCOME = {
  [FHIR_MEDIA_TYPES.json]: { schema: { $ref: '#/components/schemas/OperationOutcome' } },
  [FHIR_MEDIA_TYPES.xml]: { schema: { type: 'string' as const } },
};

/** What may happen to any request before, or beside, the code of its operation. */
const EVERYWHERE: Answers = {
  431: {
    description: 'The address, a header or all of them are too long.',
    content: OUTCOME,
  },
  500: {
    description: 'The server failed; quote the id of the request to its operator.',
    content: OUTCOME,
  },
};

/** Whoever is asked for a token is looked up. */
const WITH_TOKEN: Answers = {
  503: {
    description: 'A part of the service cannot be reached at the moment.',
    content: OUTCOME,
  },
};

const RETRY_AFTER = {
  'Retry-After': { description: 'Seconds to wait.', schema: { type: 'integer' as const } },
};

const HEADERS: Readonly<Record<string, object>> = {
  401: {
    'WWW-Authenticate': {
      description: 'How to prove who asks.',
      schema: { type: 'string' },
    },
  },
  416: {
    'Content-Range': { description: 'How large the file is.', schema: { type: 'string' } },
  },
  429: RETRY_AFTER,
  503: RETRY_AFTER,
};

/** Adds to each operation the answers that all have, and to each answer the headers of its status. */
export function withCommonAnswers(document: OpenAPIObject): OpenAPIObject {
  const operations = Object.values(document.paths).flatMap((item) =>
    METHODS.flatMap((method) => item[method] ?? []),
  );
  for (const operation of operations) {
    const needsToken = (operation.security ?? []).length > 0;
    operation.responses = withHeaders({
      ...EVERYWHERE,
      ...(needsToken && WITH_TOKEN),
      ...operation.responses,
    });
  }
  return document;
}

function withHeaders(answers: Answers): Answers {
  return Object.fromEntries(
    Object.entries(answers).map(([status, answer]) => {
      const headers = { ...HEADERS[status], ...(answer && 'headers' in answer && answer.headers) };
      return [status, Object.keys(headers).length === 0 ? answer : { ...answer, headers }];
    }),
  ) as Answers;
}
