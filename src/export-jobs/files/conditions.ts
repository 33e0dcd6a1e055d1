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
export function judge(conditions: Conditions, etag: string, bytes: number | undefined): Outcome {
  const { ifMatch, ifNoneMatch, ifRange, range } = conditions;
  if (ifMatch !== undefined && !names(ifMatch, etag, strong)) return { kind: 'failed' };
  if (ifNoneMatch !== undefined && names(ifNoneMatch, etag, weak)) return { kind: 'not-modified' };
  if (range === undefined || bytes === undefined) return WHOLE;
  // A date is no match: no Last-Modified was ever given out.
  if (ifRange !== undefined && ifRange.trim() !== etag) return WHOLE;
  return cut(range, bytes);
}

type Comparison = (given: string, etag: string) => boolean;

const strong: Comparison = (given, etag) => given === etag;
const weak: Comparison = (given, etag) => given.replace(/^W\//, '') === etag;

function names(header: string, etag: string, same: Comparison): boolean {
  if (header.trim() === '*') return true;
  return header.split(',').some((given) => same(given.trim(), etag));
}

const ONE_RANGE = /^bytes=\s*(\d*)-(\d*)\s*$/i;

/**
 * One range of bytes. Other units, several ranges and what is no range at all are ignored, as
 * RFC 9110 §14.2 allows: the whole is sent.
 */
function cut(header: string, bytes: number): Outcome {
  const [, from = '', to = ''] = ONE_RANGE.exec(header) ?? [];
  if (from === '') return to === '' ? WHOLE : lastBytes(Number(to), bytes);
  const [start, end] = [Number(from), to === '' ? bytes - 1 : Number(to)];
  if (to !== '' && end < start) return WHOLE;
  return part(start, Math.min(end, bytes - 1), bytes);
}

function lastBytes(count: number, bytes: number): Outcome {
  return count === 0
    ? { kind: 'unsatisfiable' }
    : part(Math.max(0, bytes - count), bytes - 1, bytes);
}

function part(start: number, end: number, bytes: number): Outcome {
  return start < bytes ? { kind: 'part', range: { start, end } } : { kind: 'unsatisfiable' };
}
