import type { Response } from 'express';

/** Shows a resource to people: a whole page of HTML. */
export type ResourcePage = (resource: object, status: number) => string;

const KEY = 'resourcePage';

/** Has resources go out as pages in this answer: a browser would download FHIR's own media types. */
export function answerWithPages(response: Response, page: ResourcePage): void {
  response.locals[KEY] = page;
}

/** How this answer shows a resource; undefined when a program has asked. */
export function resourcePageOf(response: Response): ResourcePage | undefined {
  return response.locals[KEY] as ResourcePage | undefined; // set by answerWithPages alone
}
