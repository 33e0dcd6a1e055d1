import type { Request, RequestHandler } from 'express';

import { answerWithPages } from '../common';
import { resourcePage } from './resource-page';
import type { Site } from './site';

const PROGRAMS = [
  'application/fhir+json',
  'application/json',
  'application/fhir+xml',
  'application/xml',
];

/**
 * Browsers download FHIR's media types instead of showing them. What they navigate to is shown: small
 * resources and refusals as pages, everything else as application/json. Files and attachments stay
 * downloads.
 */
export function answerBrowsers(site: Site): RequestHandler {
  return (request, response, next) => {
    response.vary('Accept');
    if (wantsPage(request)) {
      answerWithPages(response, (resource, status) => resourcePage(site, resource, status));
      if (!isBinary(request)) request.headers.accept = 'application/json';
    }
    next();
  };
}

/** True for who prefers HTML by name, as browsers do when they follow a link. */
function wantsPage(request: Request): boolean {
  if (request.method !== 'GET' && request.method !== 'HEAD') return false;
  if (!/\btext\/html\b/i.test(request.headers.accept ?? '')) return false;
  // HTML alone is no format of a kick-off (HD-09); browsers take anything besides.
  if (isKickOff(request) && !request.accepts(PROGRAMS)) return false;
  return request.accepts([...PROGRAMS, 'text/html']) === 'text/html';
}

/** A Binary is negotiated by the type of its content. */
function isBinary({ path }: Request): boolean {
  return /\/Binary\/[^/]+$/.test(path);
}

function isKickOff({ path }: Request): boolean {
  return /\/(?:\$|%24)export$/.test(path);
}
