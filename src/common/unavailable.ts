const SECONDS = 5;

/** Headers of every answer to a request that was in order, and may succeed a moment later. */
export const RETRY_SOON: Readonly<Record<string, string>> = { 'Retry-After': String(SECONDS) };

/** What a caller is told while a server that we depend on is out of reach, read-only, full or too busy. */
export const UNAVAILABLE_NOW = `The database or the storage behind this service is not available at the moment. Ask again in ${SECONDS} s, as Retry-After says.`;
