import { NotFoundException } from '@nestjs/common';
import type { NestExpressApplication } from '@nestjs/platform-express';
import type { RequestHandler } from 'express';

import { allowedMethods } from './allowed-methods';

/** Serves files, which are no routes. */
const PAGES = /^\/docs(?:[/-]|$)/;

/**
 * Outside of the base Express answers what it does not know by itself, with a page in HTML. To be put
 * before everything else, so that it is refused like everything within (KR-04).
 */
export function refuseUnknownPlaces(app: NestExpressApplication, basePath: string): RequestHandler {
  const isInside = (path: string): boolean =>
    path === basePath || path.startsWith(`${basePath}/`) || PAGES.test(path);
  return ({ path }, _response, next) => {
    if (isInside(path) || allowedMethods(app, path).length > 0) next();
    else next(new NotFoundException());
  };
}
