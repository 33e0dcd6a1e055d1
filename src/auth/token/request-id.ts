import type { Request } from 'express';

/** The id that the request's log lines carry. */
export function requestIdOf({ id }: Request): string | undefined {
  return typeof id === 'string' ? id : undefined;
}
