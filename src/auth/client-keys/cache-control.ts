/** How long an answer may be used, in seconds. */
export interface Freshness {
  readonly fresh: number;
  /** After that, how long it may still serve when fetching fails (RFC 5861 §4). */
  readonly staleIfError: number;
}

const WITHOUT_HEADER = 300;
const MAX_FRESH = 86_400;
const MAX_STALE = 3600;

/**
 * Reads `Cache-Control` (and `Age`) of a JWKS answer (RG-06, RG-07): never longer than it permits,
 * five minutes when it says nothing, a day at most.
 */
export function freshness(cacheControl: string | undefined, age = 0): Freshness {
  const directives = parse(cacheControl ?? '');
  if (directives.has('no-store') || directives.has('no-cache'))
    return { fresh: 0, staleIfError: 0 };
  const maxAge = seconds(directives, 'max-age') ?? WITHOUT_HEADER;
  const stale = directives.has('must-revalidate') ? 0 : seconds(directives, 'stale-if-error');
  return {
    fresh: Math.min(Math.max(maxAge - age, 0), MAX_FRESH),
    staleIfError: Math.min(stale ?? 0, MAX_STALE),
  };
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
