import type { IncomingHttpHeaders } from 'node:http';

/** How long an answer may be used, in seconds. */
export interface Freshness {
  readonly fresh: number;
  /** After that, how long it may still serve when fetching fails (RFC 5861 §4). */
  readonly staleIfError: number;
}

const WITHOUT_HEADER = 300;
const MAX_FRESH = 86_400;
const MAX_STALE = 3600;

/** What an answer says of its keeping. */
export type CacheHeaders = Pick<
  IncomingHttpHeaders,
  'cache-control' | 'age' | 'date' | 'expires' | 'pragma'
>;

/**
 * Reads how long a JWKS answer may be kept (RG-06, RG-07): by `max-age`, else by `Expires`, less the
 * `Age` that it has already; never longer than it permits, five minutes when it says nothing, a day at
 * most. A stale answer serves only while `stale-if-error` permits: then RG-06 is kept, too.
 *
 * Our own, since `http-cache-semantics` reads `No-Store` as nothing, and the last of several `max-age`: a key
 * that was taken back would be kept.
 */
export function freshness(headers: CacheHeaders): Freshness {
  const directives = parse(headers['cache-control'] ?? '');
  if (isNeverKept(directives, headers)) return { fresh: 0, staleIfError: 0 };
  const lifetime = seconds(directives, 'max-age') ?? untilExpiry(headers) ?? WITHOUT_HEADER;
  const age = /^\d+$/.test(headers.age ?? '') ? Number(headers.age) : 0;
  const stale = directives.has('must-revalidate') ? 0 : seconds(directives, 'stale-if-error');
  return {
    fresh: Math.min(Math.max(lifetime - age, 0), MAX_FRESH),
    staleIfError: Math.min(stale ?? 0, MAX_STALE),
  };
}

/** RFC 9111 §5.4: `Pragma` speaks only where there is no `Cache-Control`. */
function isNeverKept(directives: ReadonlyMap<string, string>, headers: CacheHeaders): boolean {
  if (directives.has('no-store') || directives.has('no-cache')) return true;
  return headers['cache-control'] === undefined && /\bno-cache\b/i.test(headers.pragma ?? '');
}

/** By the clock of the sender; what cannot be read has expired (RFC 9111 §5.3). */
function untilExpiry({ expires, date }: CacheHeaders): number | undefined {
  if (expires === undefined) return undefined;
  const milliseconds = Date.parse(expires) - Date.parse(date ?? '');
  return Number.isNaN(milliseconds) ? 0 : Math.max(milliseconds / 1000, 0);
}

/** Directive names to their arguments; of a repeated directive the first counts (RFC 9111 §4.2.1). */
function parse(header: string): ReadonlyMap<string, string> {
  const directives = new Map<string, string>();
  for (const part of header.split(',')) {
    const [name = '', value = ''] = part.split('=').map((text) => text.trim());
    if (!directives.has(name.toLowerCase())) {
      directives.set(name.toLowerCase(), value.replace(/^"(.*)"$/, '$1'));
    }
  }
  return directives;
}

/** An argument that is no number makes the answer stale (RFC 9111 §4.2.1). */
function seconds(directives: ReadonlyMap<string, string>, name: string): number | undefined {
  const value = directives.get(name);
  if (value === undefined) return undefined;
  return /^\d+$/.test(value) ? Number(value) : 0;
}
