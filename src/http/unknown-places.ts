import { NotFoundException } from '@nestjs/common';
import type { NestExpressApplication } from '@nestjs/platform-express';
import type { RequestHandler } from 'express';

import { allowedMethods } from './allowed-methods';

/**
 * Outside of the base Express answers what it does not know by itself, with a page in HTML. To be put
 * before everything else, so that it is refused like everything within (KR-04).
 */
export function refuseUnknownPlaces(app: NestExpressApplication, basePath: string): RequestHandler {
  const isInside = (path: string): boolean => path === basePath || path.startsWith(`${basePath}/`);
  const isAnswered = (method: string, path: string): boolean => {
    const methods = allowedMethods(app, path);
    if (method === 'OPTIONS') return methods.length > 0;
    return methods.includes(method === 'HEAD' ? 'GET' : method);
  };
  return ({ method, path }, _response, next) => {
    // What is answered, but not by this method, becomes a 405 on its way to the client.
    if (isInside(path) || isAnswered(method, path)) next();
    else next(new NotFoundException());
  };
}
