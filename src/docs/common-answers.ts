import type { OpenAPIObject } from '@nestjs/swagger';

import { outcomeContent } from '../common';

type Operation = NonNullable<OpenAPIObject['paths'][string]['get']>;
type Answers = Operation['responses'];

const METHODS = ['get', 'post', 'put', 'patch', 'delete'] as const;

const failure = (status: number, description: string): Answers[string] => ({
  description,
  content: outcomeContent(status, description),
});
/** What may happen to any request before, or beside, the code of its operation. */
const EVERYWHERE: Answers = {
  431: failure(431, 'The address, a header or all of them are too long.'),
  500: failure(500, 'The server failed; quote the id of the request to its operator.'),
};

/** Whoever is asked for a token is looked up. */
const WITH_TOKEN: Answers = {
  503: failure(503, 'A part of the service cannot be reached at the moment.'),
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
