import type { Comparison } from './comparison';
import { pathTo, valuesAt } from './json-path';
import { type Prefix, splitPrefix } from './prefix';
import { badValue, type Scope } from './scope';
import type { Place } from './search-parameter';
import { parseTimeSpan, rangeText, type TimeSpan, timestamp } from './time-span';

const ACCEPTED =
  'yyyy, yyyy-mm, yyyy-mm-dd or yyyy-mm-ddThh:mm[:ss[.fff]][zone], after eq, ne, gt, lt, ge, le, sa, eb, ap or nothing';

/**
 * As asked with the span of time at one of the places (R4 search, date). A span is null where a resource
 * holds no date that can be read: it then compares with nothing.
 */
export function dateComparison(places: readonly Place[], scope: Scope): Comparison {
  const spans = places.map((place) => {
    const isPoint = String(place.type === 'instant');
    return `array(select fhir_search.span(e.x, ${isPoint}) from ${valuesAt(scope, pathTo(place))})`;
  });
  return {
    columns: { prefix: 'text', wanted: 'tsrange' },
    row: (value) => {
      const [prefix, span] = readDate(value, scope);
      return { prefix, wanted: rangeText(span) };
    },
    matches: `exists (select from unnest(${scope.facts.add(spans.join(' || '))}) s(span) where ${compared(`q.${scope.part}`)})`,
  };
}

/** For `v.last_updated`: a point in time, and a column that may have an index. Instants of the store are no secret. */
export function lastUpdatedCondition(
  values: readonly string[],
  scope: Pick<Scope, 'name' | 'now'>,
): string {
  const compared = values.map((value) => pointComparison(...readDate(value, scope)));
  return compared.join(' or ');
}

function readDate(value: string, scope: Pick<Scope, 'name' | 'now'>): readonly [Prefix, TimeSpan] {
  const [prefix, text] = splitPrefix(value);
  const span = parseTimeSpan(text);
  if (!span) throw badValue(scope, ACCEPTED);
  return [prefix, prefix === 'ap' ? approximately(span, scope.now) : span];
}

/** A tenth of the time between then and now, to both sides. */
function approximately({ low, high }: TimeSpan, now: bigint): TimeSpan {
  const gap = now > low ? now - low : low - now;
  return { low: low - gap / 10n, high: high + gap / 10n };
}

const compared = (q: string): string => `case ${q}prefix
  when 'eq' then ${q}wanted @> s.span
  when 'ne' then not ${q}wanted @> s.span
  when 'gt' then upper(s.span) > upper(${q}wanted)
  when 'lt' then lower(s.span) < lower(${q}wanted)
  when 'ge' then upper(s.span) > upper(${q}wanted) or ${q}wanted @> s.span
  when 'le' then lower(s.span) < lower(${q}wanted) or ${q}wanted @> s.span
  when 'sa' then lower(s.span) >= upper(${q}wanted)
  when 'eb' then upper(s.span) <= lower(${q}wanted)
  when 'ap' then ${q}wanted && s.span end`;

function pointComparison(prefix: Prefix, { low, high }: TimeSpan): string {
  const from = `v.last_updated >= ${timestamp(low)} at time zone 'UTC'`;
  const before = `v.last_updated < ${timestamp(low)} at time zone 'UTC'`;
  const to = `v.last_updated < ${timestamp(high)} at time zone 'UTC'`;
  const after = `v.last_updated >= ${timestamp(high)} at time zone 'UTC'`;
  switch (prefix) {
    case 'eq':
    case 'ap':
      return `(${from} and ${to})`;
    case 'ne':
      return `(${before} or ${after})`;
    case 'gt':
    case 'sa':
      return after;
    case 'lt':
    case 'eb':
      return before;
    case 'ge':
      return from;
    case 'le':
      return to;
  }
}
