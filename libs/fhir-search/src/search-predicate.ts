import { parseInstant, type ResourceType } from '@app/fhir';

import { partOf } from './comparison';
import { type Condition, conditionOf } from './condition';
import { Facts } from './facts';
import { MAX_TEXTS } from './necessary-text';
import { type Criterion, parseQuery } from './query';
import type { Scope } from './scope';
import { literal } from './sql-literal';
import { SearchValues } from './values';

/** What the meaning of a search depends on besides its text. */
export interface SearchContext {
  /** The service's own base URL, without a trailing slash. */
  readonly fhirBase: string;
  /** UTC instant: what `ap` calls now. */
  readonly now: string;
  /** Is filled with what the predicate compares with. */
  readonly values: SearchValues;
  /** Versions without content pass: they are to be counted as unreadable, not to vanish. */
  readonly keepsUnreadable: boolean;
}

/** Of these more values find less, or are none. */
const NOT_JOINED: readonly (string | undefined)[] = ['not', 'missing'];

const NOTHING_IS_ESCAPED = `strpos(v.content, ${literal('\\u')}) = 0`;

/**
 * Checks that a search can be evaluated.
 *
 * @param query as searchPredicate takes it
 * @throws UnsupportedSearchError with a message for the client
 */
export function checkSearch(type: ResourceType, query: string): void {
  const values = new SearchValues();
  every(parseQuery(type, query), { fhirBase: '', now: 0n, values, facts: new Facts('f') });
}

/**
 * SQL that is true for the versions `v` (columns id, last_updated, content) that satisfy all of
 * `filters`, of each one search or more. What it compares with is not in its text: the statement
 * needs the context's `values` in VALUES_SETTING, and fails without.
 *
 * @param filters searches without their type, such as `status=active&code=a,b`, checked before
 * @throws UnsupportedSearchError as checkSearch
 */
export function searchPredicate(
  type: ResourceType,
  filters: readonly (readonly string[])[],
  context: SearchContext,
): string {
  const { fhirBase, values } = context;
  const facts = new Facts('f');
  const scope = { fhirBase, now: parseInstant(context.now) ?? 0n, values, facts };
  const all = filters.map((queries) =>
    any(alternatives(type, queries).map((criteria) => every(criteria, scope))),
  );
  const columns = all.filter(({ readsContent }) => !readsContent);
  const contents = all.filter(({ readsContent }) => readsContent);
  return (
    [...columns.map(({ sql }) => `(${sql})`), ...onContent(contents, facts, context)].join(
      ' and ',
    ) || 'true'
  );
}

/** The text is read as JSON once, and only where a quick look into it does not rule it out. */
function onContent(
  conditions: readonly Condition[],
  facts: Facts,
  { keepsUnreadable, values }: SearchContext,
): readonly string[] {
  if (conditions.length === 0) return [];
  const whole = conditions.map(({ sql }) => `(${sql})`).join(' and ');
  const quick = conditions.flatMap(({ needs }) =>
    needs === undefined ? [] : [quickLook(needs, values)],
  );
  const exact = `(select ${whole} from (select fhir_search.json_of(v.content) as x offset 0) j ${facts.join()})`;
  const found = [...quick, exact].join(' and ');
  return [
    keepsUnreadable
      ? `(coalesce(v.content, '') = '' or ${found})`
      : `(v.content <> '' and ${found})`,
  ];
}

function quickLook(needs: readonly string[], values: SearchValues): string {
  const found = needs.map((text) => `strpos(v.content, (select ${values.add(text)} #>> '{}')) > 0`);
  return `(${found.join(' or ')} or not ${NOTHING_IS_ESCAPED})`;
}

/** The criteria of each search; what searches ask for with the same criterion alone, one asks for. */
function alternatives(
  type: ResourceType,
  queries: readonly string[],
): readonly (readonly Criterion[])[] {
  const alone = new Map<string, Criterion>();
  const others: (readonly Criterion[])[] = [];
  for (const criteria of queries.map((query) => parseQuery(type, query))) {
    const [first, ...more] = criteria;
    if (!first || more.length > 0 || NOT_JOINED.includes(first.modifier)) others.push(criteria);
    else {
      const values = [...(alone.get(first.name)?.values ?? []), ...first.values];
      alone.set(first.name, { ...first, values });
    }
  }
  return [...[...alone.values()].map((criterion) => [criterion]), ...others];
}

/** All of them hold. */
function every(
  criteria: readonly Criterion[],
  scope: Pick<Scope, 'fhirBase' | 'now' | 'values' | 'facts'>,
): Condition {
  const conditions = criteria.map((criterion) =>
    conditionOf(criterion, { ...scope, json: 'j.x', part: partOf(0), name: criterion.name }),
  );
  return {
    sql: conditions.map(({ sql }) => `(${sql})`).join(' and '),
    readsContent: conditions.some(({ readsContent }) => readsContent),
    needs: conditions.map(({ needs }) => needs).find((needs) => needs !== undefined),
  };
}

/** One of them holds. Of none, none does. */
function any(conditions: readonly Condition[]): Condition {
  const needs = conditions.map((condition) => condition.needs);
  const all = new Set(needs.every((some) => some !== undefined) ? needs.flat() : []);
  return {
    sql: conditions.map(({ sql }) => `(${sql})`).join(' or ') || 'false',
    readsContent: conditions.some(({ readsContent }) => readsContent),
    needs: all.size > 0 && all.size <= MAX_TEXTS ? [...all] : undefined,
  };
}
