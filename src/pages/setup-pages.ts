import type { NestExpressApplication } from '@nestjs/platform-express';
import type { Application, RequestHandler, Response } from 'express';

import { notFound, resourcePageOf } from '../common';
import type { Config } from '../config';
import { openApiDocument } from '../docs';
import { Readinesses } from '../health';
import { assetFiles } from './asset-files';
import { CONSOLE_POLICY, consolePage } from './console-page';
import { demoToken } from './demo-token';
import { docsPage } from './docs-page';
import { homePage } from './home-page';
import { type Site, siteOf } from './site';
import { tryPage } from './try-page';

/**
 * Serves what people open in a browser: the page at the root, the export builder at /try, Swagger UI at
 * /docs, and the files that the pages name; for programs the description of the API at /docs-json. All are plain routes, so that
 * everything else is refused in one place. To be called when the app is configured, before it listens.
 */
export function setupPages(app: NestExpressApplication, config: Config): void {
  const site = siteOf(config);
  const { clientFile } = config.demo;
  const server = app.getHttpAdapter().getInstance() as unknown as Application;
  server.get('/', home(app, site));
  server.get('/docs', page(docsPage(site)));
  server.get('/try', page(tryPage(site)));
  if (config.admin.token !== undefined) {
    server.get('/console', page(consolePage(site), CONSOLE_POLICY));
  }
  server.get('/docs-json', description(app, config));
  if (clientFile !== undefined) server.post('/demo/token', demoToken(clientFile, config));
  for (const { name, folder } of assetFiles()) server.get(`/assets/${name}`, file(name, folder));
  server.get('/favicon.ico', file('favicon.ico', `${__dirname}/assets`));
}

function home(app: NestExpressApplication, site: Site): RequestHandler {
  return async (request, response) => {
    response.vary('Accept');
    const isForPeople = resourcePageOf(response) !== undefined || request.accepts('html');
    if (!isForPeople) throw notFound(nothingForPrograms(site));
    const { status } = await app.get(Readinesses, { strict: false }).ask();
    sendPage(response, homePage(site, status === 'ok'));
  };
}

function page(text: string, policy?: string): RequestHandler {
  return (_request, response) => {
    if (policy !== undefined) response.set('Content-Security-Policy', policy);
    sendPage(response, text);
  };
}

function sendPage(response: Response, text: string): void {
  response.set('Cache-Control', 'no-store').type('html').send(text);
}

/** Made when it is first asked for: then all routes are known. */
function description(app: NestExpressApplication, config: Config): RequestHandler {
  let text: string | undefined;
  return (_request, response) => {
    text ??= JSON.stringify(openApiDocument(app, config));
    response.type('application/json').send(text);
  };
}

/** Kept by browsers, and asked for anew each time: most answers are 304. */
function file(name: string, folder: string): RequestHandler {
  return (_request, response, next) => {
    response.sendFile(name, { root: folder, cacheControl: false, headers: CACHE }, (error) => {
      // A client that went away has nothing to be told.
      if (error && !response.headersSent) next(error);
    });
  };
}

const CACHE = { 'Cache-Control': 'no-cache' };

function nothingForPrograms({ fhirBase }: Site): string {
  return `There is a page for people here. The FHIR base is ${fhirBase}; ${fhirBase}/metadata lists what it has.`;
}
