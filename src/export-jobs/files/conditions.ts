import fresh from 'fresh';
import { parse } from 'range-parser';

import type { ByteRange } from '../../storage';

/** What the conditional headers of a download come to, in the order of RFC 9110 §13.2.2. */
export type Outcome =
  | { readonly kind: 'whole' }
  | { readonly kind: 'part'; readonly range: ByteRange }
  | { readonly kind: 'not-modified' }
  | { readonly kind: 'failed' }
  | { readonly kind: 'unsatisfiable' };

/** The headers as they came. */
export interface Conditions {
  readonly ifMatch: string | undefined;
  readonly ifNoneMatch: string | undefined;
  readonly ifRange: string | undefined;
  readonly range: string | undefined;
}

const WHOLE = { kind: 'whole' } as const;

/**
 * @param etag of the representation that would be sent
 * @param bytes of it; undefined when ranges of it cannot be cut: the header is then ignored
 */
export function evaluatePreconditions(
  conditions: Conditions,
  etag: string,
  bytes: number | undefined,
): Outcome {
  const { ifMatch, ifNoneMatch, ifRange, range } = conditions;
  if (ifMatch !== undefined && !isNamed(etag, ifMatch)) return { kind: 'failed' };
  if (fresh({ 'if-none-match': ifNoneMatch }, { etag })) return { kind: 'not-modified' };
  if (range === undefined || bytes === undefined) return WHOLE;
  // A date is no match: no Last-Modified was ever given out.
  if (ifRange !== undefined && ifRange.trim() !== etag) return WHOLE;
  return cut(range, bytes);
}

/** The strong comparison of If-Match, which `fresh` does not know. */
function isNamed(etag: string, ifMatch: string): boolean {
  return ifMatch.split(',').some((given) => ['*', etag].includes(given.trim()));
}

/**
 * One range of bytes. Other units, several ranges and what is no range at all are ignored, as
 * RFC 9110 §14.2 allows: the whole is sent.
 */
function cut(header: string, bytes: number): Outcome {
  const { code, type, ranges } = parse(bytes, header);
  const [range, ...others] = ranges;
  if (type !== 'bytes' || others.length > 0) return WHOLE;
  if (code === 0 && range) return { kind: 'part', range };
  return code === UNSATISFIABLE ? { kind: 'unsatisfiable' } : WHOLE;
}

/** The code of a range that is well formed, and outside of the file. */
const UNSATISFIABLE = 2;
