import type { Request } from 'express';

/** Anchored, so that a header of any content is read once from its beginning to its end. */
const BEARER = /^Bearer +([\w.~+/=-]+) *$/i;

/** The token of the header Authorization (RFC 6750 §2.1); null when there is none. */
export function bearerToken({ headers }: Pick<Request, 'headers'>): string | null {
  return BEARER.exec(headers.authorization ?? '')?.[1] ?? null;
}
