/**
 * For every connection to PostgreSQL, in the words of node-postgres. A host that is lost without a word,
 * in a power failure say, never tells who waits for its rows: Linux would ask after two hours. With this
 * it asks after ten seconds of silence, then once a second, and gives up after ten questions (libuv).
 */
export const KEEP_ALIVE = { keepAlive: true, keepAliveInitialDelayMillis: 10_000 } as const;
