import type { IncomingMessage } from 'node:http';

import type { NestExpressApplication } from '@nestjs/platform-express';
import type { NextFunction, Request, RequestHandler, Response } from 'express';
import helmet from 'helmet';
import { Logger } from 'nestjs-pino';
import { Registry } from 'prom-client';

import { oauthForm, SMART } from '../auth';
import { negotiateFormat, OutcomeFilter, REQUEST_LIMITS } from '../common';
import type { Config } from '../config';
import { onReserve } from '../database';
import { keepApart } from './admin-port';
import { allowedMethods } from './allowed-methods';
import { refuseAmbiguous } from './ambiguous-requests';
import { limitConnections } from './connections';
import { limitHeaders } from './limited-headers';
import { measureRequests } from './request-metrics';
import { requireUnambiguousJson } from './unambiguous-json';
import { refuseUnknownPlaces } from './unknown-places';
import { answerUnreadableRequests } from './unreadable-requests';

/** Routes that are no part of the FHIR API and lie beside its base. */
export const OUTSIDE_THE_BASE = ['health/{*path}', 'metrics', 'admin/{*path}', 'feeds/{*path}'];

/** The body parser's; Nest passes it on, but its typings do not know it. */
const UNAMBIGUOUS: object = { verify: requireUnambiguousJson };
/** Below the base, but not only FHIR: they answer in formats of their own. */
const NOT_NEGOTIATED = /^\/(auth|\.well-known|bulk-files|Binary)(\/|$)/;

/** Groups that apps send, and their members: larger than what is read at once. */
const GROUP_CHANGES = /^\/Group(?:\/[^/?]+\/(?:\$|%24)member-(?:add|remove))?\/?(?:\?|$)/i;

/** Below the base: short, and what clients of running exports cannot do without. */
const ANSWERED_ALWAYS = [SMART.tokenPath, SMART.introspectionPath, 'bulk-status/', 'bulk-files/'];

/** Everything about HTTP that holds for all routes of all processes. */
export function configureApp(app: NestExpressApplication, config: Config): void {
  const { basePath, publicUrl } = config.http;
  app.useLogger(app.get(Logger));
  answerUnreadableRequests(app.getHttpServer());
  limitConnections(app.getHttpServer(), config);
  app.use(measureRequests(app.get(Registry, { strict: false })));
  app.disable('x-powered-by');
  app.set('etag', false);
  neverNotModified(app);
  app.use(securityHeaders(publicUrl));
  app.use(limitHeaders());
  app.use(refuseAmbiguous());
  app.use(discoveryAtTheRoot(basePath));
  app.use(keepApart(config));
  app.use(refuseUnknownPlaces(app, basePath));
  app.use(answeredAlways(basePath));
  app.use(basePath, decodeOperationNames);
  app.use(basePath, (request: Request, response: Response, next: NextFunction) => {
    response.setHeader('Cache-Control', 'no-store');
    if (NOT_NEGOTIATED.test(request.path)) next();
    else negotiateFormat()(request, response, next);
  });
  for (const path of [SMART.tokenPath, SMART.introspectionPath]) {
    app.use(`${basePath}/${path}`, oauthForm());
  }
  app.use(['/admin', '/feeds'], noStore);
  app.useBodyParser('json', {
    limit: REQUEST_LIMITS.adminBody,
    ...UNAMBIGUOUS,
    type: ({ url = '', headers }: IncomingMessage) =>
      url.startsWith('/admin/') && /^application\/json\b/i.test(headers['content-type'] ?? ''),
  });
  app.useBodyParser('json', {
    limit: REQUEST_LIMITS.body,
    ...UNAMBIGUOUS,
    type: isReadAtOnce(basePath),
  });
  app.useBodyParser('urlencoded', { limit: REQUEST_LIMITS.body, extended: false });
  app.setGlobalPrefix(basePath, { exclude: OUTSIDE_THE_BASE });
  app.useGlobalFilters(new OutcomeFilter((path) => allowedMethods(app, path), config.http));
}

/** Resources that are written are kept as they were sent, to the letter: their routes read them themselves. */
function isReadAtOnce(basePath: string): (request: IncomingMessage) => boolean {
  const isBase = (url: string): boolean =>
    [basePath, `${basePath}/`].includes(url.split('?', 1)[0] ?? '');
  const isGroup = (url: string): boolean => GROUP_CHANGES.test(url.slice(basePath.length));
  return ({ method, url = '', headers }) =>
    method !== 'PUT' &&
    !isBase(url) &&
    !isGroup(url) &&
    /^application\/(?:fhir\+json|json|json\+fhir)\s*(?:;|$)/i.test(headers['content-type'] ?? '');
}

/**
 * Express would answer any GET with 304 to `If-None-Match: *`, kick-offs and status too (ST-17). Files, which
 * alone may be 304, judge conditions themselves.
 */
function neverNotModified(app: NestExpressApplication): void {
  const express = app.getHttpAdapter().getInstance() as unknown as { readonly request: object };
  Object.defineProperty(express.request, 'fresh', { value: false });
}

function securityHeaders(publicUrl: string): ReturnType<typeof helmet> {
  const overTls = publicUrl.startsWith('https:');
  return helmet({
    contentSecurityPolicy: {
      directives: {
        upgradeInsecureRequests: overTls ? [] : null,
        connectSrc: ["'self'"],
        fontSrc: ["'self'"],
        styleSrc: ["'self'"],
      },
    },
    // Over plain HTTP, as in the demonstration, browsers would pin a scheme that does not exist.
    hsts: overTls,
  });
}

/** What is answered from the reserve of connections, however many others are taken. */
function answeredAlways(basePath: string): RequestHandler {
  const places = ['/health/', ...ANSWERED_ALWAYS.map((path) => `${basePath}/${path}`)];
  return (request, _response, next) => {
    if (places.some((place) => request.path.startsWith(place))) onReserve(next);
    else next();
  };
}

function noStore(_request: Request, response: Response, next: NextFunction): void {
  response.setHeader('Cache-Control', 'no-store');
  next();
}

/**
 * SMART discovery is at the FHIR base (SM-01). Clients that look at the root of the origin, or there
 * with the path of the base behind it, as RFC 8414 §3.1 puts its documents, find the same.
 */
function discoveryAtTheRoot(basePath: string): RequestHandler {
  const document = '/.well-known/smart-configuration';
  return (request, _response, next) => {
    const [path = '', ...query] = request.url.split('?');
    if (path === document || path === `${document}${basePath}`) {
      request.url = [`${basePath}${document}`, ...query].join('?');
    }
    next();
  };
}

/** Some clients encode the dollar sign of an operation's name (KO-14). */
function decodeOperationNames(request: Request, _response: Response, next: NextFunction): void {
  const [path = '', ...query] = request.url.split('?');
  request.url = [path.replaceAll('%24', '$'), ...query].join('?');
  next();
}
