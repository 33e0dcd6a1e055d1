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
    .flatMap((layer) => Object.keys(layer.route?.methods ?? {}))
    .filter((method) => method !== '_all')
    .map((method) => method.toUpperCase());
  return [...new Set(methods)].sort();
}
