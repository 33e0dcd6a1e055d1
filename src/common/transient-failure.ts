/** What Node says when a server cannot be reached, and PostgreSQL when it goes, comes or is full. */
const CODES = new Set(
  `ECONNREFUSED ECONNRESET ETIMEDOUT EPIPE EHOSTUNREACH ENETUNREACH ENOTFOUND EAI_AGAIN
   57P01 57P02 57P03 53300 08000 08001 08003 08004 08006`.split(/\s+/),
);
/** The driver's own words, for which it has no codes. */
const MESSAGES = /^(Connection terminated|timeout exceeded when trying to connect)/;

/**
 * Whether a failure is one of reaching the database: nothing is wrong with the request, nor with the
 * export that it is about, and the same request may succeed a moment later (ST-12).
 */
export function isTransientFailure(error: unknown): boolean {
  if (typeof error !== 'object' || error === null) return false;
  const { code, message, errors, cause } = error as Readonly<Record<string, unknown>>;
  if (typeof code === 'string' && CODES.has(code)) return true;
  if (typeof message === 'string' && MESSAGES.test(message)) return true;
  // Every address of a host was tried in vain; or an error is wrapped.
  return Array.isArray(errors) ? errors.some(isTransientFailure) : isTransientFailure(cause);
}
