import { pathTo } from './json-path';
import { type Prefix, splitPrefix } from './prefix';
import { badValue, type Scope } from './scope';
import type { Place } from './search-parameter';
import { literal } from './sql-literal';
import { parseTimeSpan, rangeOf, type TimeSpan, timestamp } from './time-span';

const ACCEPTED =
  'yyyy, yyyy-mm, yyyy-mm-dd or yyyy-mm-ddThh:mm[:ss[.fff]][zone], after eq, ne, gt, lt, ge, le, sa, eb, ap or nothing';

/** One of the values compares as asked with the span of time at one of the places (R4 search, date). */
export function dateCondition(
  places: readonly Place[],
  values: readonly string[],
  scope: Scope,
): string {
  const compared = values
    .map((value) => comparison('s.span', ...readDate(value, scope)))
    .join(' or ');
  return places.map((place) => spanExists(place, compared, scope)).join(' or ');
}

/** As dateCondition, for `v.last_updated`: a point in time, and a column that may have an index. */
export function lastUpdatedCondition(values: readonly string[], scope: Scope): string {
  const compared = values.map((value) => pointComparison(...readDate(value, scope)));
  return compared.join(' or ');
}

function readDate(value: string, scope: Scope): readonly [Prefix, TimeSpan] {
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

/** `span` is null where a resource holds no date that can be read: it then compares with nothing. */
function spanExists(place: Place, compared: string, { json }: Scope): string {
  const isPoint = place.type === 'instant';
  return `exists (select from (
    select fhir_search.span(e.x, ${String(isPoint)}) as span
    from jsonb_path_query(${json}, ${literal(pathTo(place))}, '{}', true) as e(x) offset 0) s
    where ${compared})`;
}

function comparison(span: string, prefix: Prefix, wanted: TimeSpan): string {
  const range = rangeOf(wanted);
  const contained = `${range} @> ${span}`;
  switch (prefix) {
    case 'eq':
      return contained;
    case 'ne':
      return `not ${contained}`;
    case 'gt':
      return `upper(${span}) > ${timestamp(wanted.high)}`;
    case 'lt':
      return `lower(${span}) < ${timestamp(wanted.low)}`;
    case 'ge':
      return `(upper(${span}) > ${timestamp(wanted.high)} or ${contained})`;
    case 'le':
      return `(lower(${span}) < ${timestamp(wanted.low)} or ${contained})`;
    case 'sa':
      return `lower(${span}) >= ${timestamp(wanted.high)}`;
    case 'eb':
      return `upper(${span}) <= ${timestamp(wanted.low)}`;
    case 'ap':
      return `${range} && ${span}`;
  }
}

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
