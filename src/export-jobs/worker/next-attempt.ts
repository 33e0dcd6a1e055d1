import { outageOf } from '../../common';
import { StorageWriteError } from './attempt.errors';
import { RehearsedFaultError } from './fault-injection.service';
import { retryDelay } from './retry-delay';

/** How something that failed is tried again. */
export interface NextAttempt {
  /** In seconds. */
  readonly delay: number;
  /** False: what has failed was no attempt. */
  readonly countsAsAttempt: boolean;
}

/**
 * A part that ends its worker, or PostgreSQL, never fails by itself. Claims that ended so are many more
 * than attempts that failed: workers and connections are lost for other reasons, too.
 */
export const CLAIMS_PER_ATTEMPT = 4;
/** While PostgreSQL is not available. */
const OUTAGE_SECONDS = 2;
/** A statement took longer than it may, or an operator has ended it: the same may happen again. */
const QUERY_CANCELED = '57014';

/**
 * Decides whether an attempt at a part, or at a plan, that has failed is repeated. An outage of PostgreSQL
 * is no failure of theirs, however long it lasts.
 *
 * @param attempts those that have begun, with the one that failed
 * @param most attempts before something counts as broken
 * @returns undefined when it counts as broken
 */
export function nextAttempt(
  error: unknown,
  attempts: number,
  most: number,
): NextAttempt | undefined {
  if (error instanceof RehearsedFaultError && error.lasts) return undefined;
  const outage = isOfPostgres(error) ? outageOf(error) : undefined;
  if (outage === 'unavailable') return { delay: OUTAGE_SECONDS, countsAsAttempt: false };
  const allowed = outage === 'interrupted' ? most * CLAIMS_PER_ATTEMPT : most;
  return attempts < allowed ? { delay: retryDelay(attempts), countsAsAttempt: true } : undefined;
}

function isOfPostgres(error: unknown): boolean {
  if (error instanceof StorageWriteError) return false;
  return (error as { readonly code?: unknown } | undefined)?.code !== QUERY_CANCELED;
}
