import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';

import type { Params } from 'nestjs-pino';

import { logDestination } from '../common';
import type { Config } from '../config';

const REQUEST_ID = /^[A-Za-z0-9._-]{1,64}$/;

/**
 * One line of JSON per event. A request is logged as method, path, status and time: never its query
 * (a search by member names a patient), headers or body.
 */
export function logging(config: Config): Params {
  return {
    pinoHttp: {
      level: config.logLevel,
      stream: logDestination(),
      genReqId: requestId,
      serializers: {
        req: ({ id, method, url }: { id: string; method: string; url: string }) => ({
          id,
          method,
          path: url.split('?', 1)[0],
        }),
        res: ({ statusCode }: { statusCode: number }) => ({ statusCode }),
        err: (error: { type?: string; code?: string; stack?: unknown } | null) => ({
          type: error?.type,
          code: error?.code,
          ...(Array.isArray(error?.stack) && { stack: error.stack }),
        }),
      },
      autoLogging: { ignore: (request) => /^\/(health|metrics)/.test(request.url ?? '') },
    },
  };
}

/** The client's X-Request-Id when it is harmless, else a new one; echoed in the answer. */
function requestId(request: IncomingMessage, response: ServerResponse): string {
  const given = request.headers['x-request-id'];
  const id = typeof given === 'string' && REQUEST_ID.test(given) ? given : randomUUID();
  response.setHeader('X-Request-Id', id);
  return id;
}
