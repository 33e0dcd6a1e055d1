import { METHODS } from 'node:http';

import type { NestExpressApplication } from '@nestjs/platform-express';

interface RouterLayer {
  readonly route?: { readonly methods: Readonly<Record<string, boolean>> };
  match(path: string): boolean;
}

/**
 * The methods that some route answers at `path`, in upper case: what a 405 puts into Allow.
 * Empty when there is no such path. Read from the router itself, so it cannot drift from the routes.
 */
export function allowedMethods(app: NestExpressApplication, path: string): readonly string[] {
  const express = app.getHttpAdapter().getInstance() as unknown as {
    readonly router: { readonly stack: readonly RouterLayer[] };
  };
  const methods = express.router.stack
    .filter((layer) => layer.route !== undefined && layer.match(path))
    .map((layer) => Object.keys(layer.route?.methods ?? {}))
    // Middleware is mounted as a route that answers every method there is.
    .filter((names) => names.length < METHODS.length)
    .flat()
    .map((method) => method.toUpperCase());
  return [...new Set(methods)].sort();
}
