import { METHODS } from 'node:http';

import type { Request, RequestHandler, Response } from 'express';
import { Histogram, type Registry } from 'prom-client';

const BUCKETS = [0.01, 0.1, 0.5, 1, 5, 30, 120, 600];

/** What Express notes of the route that it chose; its typings leave it open. */
interface Route {
  readonly path: string;
  readonly methods: Readonly<Record<string, boolean>>;
}

/**
 * Observes every request by the template of its route: a path holds ids, and strangers can make up as many as
 * they like. What no route answers is `other`, whatever its method; an answer that was not sent to its end is
 * `aborted`.
 */
export function measureRequests(metrics: Registry): RequestHandler {
  const seconds = new Histogram({
    name: 'bulk_http_request_duration_seconds',
    help: 'Requests from their headers to the end of their answer.',
    labelNames: ['method', 'route', 'status'],
    ...{ buckets: BUCKETS, registers: [metrics] },
  });
  return (request: Request, response: Response, next) => {
    const elapsed = seconds.startTimer();
    response.once('close', () => {
      const status = response.writableFinished ? String(response.statusCode) : 'aborted';
      elapsed({ ...routeOf(request), status });
    });
    next();
  };
}

function routeOf({ method, route }: Request): { readonly method: string; readonly route: string } {
  const { path = '', methods = {} } = (route ?? {}) as Partial<Route>;
  // Middleware is mounted as a route that answers every method there is.
  const isOwn = path !== '' && Object.keys(methods).length < METHODS.length;
  return isOwn ? { method, route: path } : { method: '', route: 'other' };
}
