import { parseInstant, type ResourceType } from '@app/fhir';

import { type Condition, conditionOf } from './condition';
import { parseQuery } from './query';
import type { Scope } from './scope';
import { literal } from './sql-literal';

/** What the meaning of a search depends on besides its text. */
export interface SearchContext {
  /** The service's own base URL, without a trailing slash. */
  readonly fhirBase: string;
  /** UTC instant: what `ap` calls now. */
  readonly now: string;
  /** Versions without content pass: they are to be counted as unreadable, not to vanish. */
  readonly keepsUnreadable: boolean;
}

const NOTHING_IS_ESCAPED = `strpos(v.content, ${literal('\\u')}) = 0`;

/**
 * Checks that a search can be evaluated.
 *
 * @param query as searchPredicate takes it
 * @throws UnsupportedSearchError with a message for the client
 */
export function checkSearch(type: ResourceType, query: string): void {
  compile(type, query, { fhirBase: '', now: 0n });
}

/**
 * SQL that is true for the versions `v` (columns id, last_updated, content) that satisfy all of
 * `filters`, of each one search or more. Complete in itself: every literal is quoted.
 *
 * @param filters searches without their type, such as `status=active&code=a,b`, checked before
 * @throws UnsupportedSearchError as checkSearch
 */
export function searchPredicate(
  type: ResourceType,
  filters: readonly (readonly string[])[],
  context: SearchContext,
): string {
  const scope = { fhirBase: context.fhirBase, now: parseInstant(context.now) ?? 0n };
  const all = filters.map((queries) => any(queries.map((query) => compile(type, query, scope))));
  const columns = all.filter(({ readsContent }) => !readsContent);
  const contents = all.filter(({ readsContent }) => readsContent);
  return (
    [...columns.map(({ sql }) => `(${sql})`), ...onContent(contents, context)].join(' and ') ||
    'true'
  );
}

/** The text is read as JSON once, and only where a quick look into it does not rule it out. */
function onContent(
  conditions: readonly Condition[],
  { keepsUnreadable }: SearchContext,
): readonly string[] {
  if (conditions.length === 0) return [];
  const whole = conditions.map(({ sql }) => `(${sql})`).join(' and ');
  const quick = conditions.flatMap(({ needs }) => (needs === undefined ? [] : [quickLook(needs)]));
  const exact = `(select ${whole} from (select fhir_search.json_of(v.content) as content offset 0) j)`;
  const found = [...quick, exact].join(' and ');
  return [
    keepsUnreadable
      ? `(coalesce(v.content, '') = '' or ${found})`
      : `(v.content <> '' and ${found})`,
  ];
}

function quickLook(needs: readonly string[]): string {
  const found = needs.map((text) => `strpos(v.content, ${literal(text)}) > 0`);
  return `(${found.join(' or ')} or not ${NOTHING_IS_ESCAPED})`;
}

function compile(
  type: ResourceType,
  query: string,
  { fhirBase, now }: Pick<Scope, 'fhirBase' | 'now'>,
): Condition {
  const conditions = parseQuery(type, query).map((criterion) =>
    conditionOf(criterion, { json: 'j.content', name: criterion.name, fhirBase, now }),
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
  return {
    sql: conditions.map(({ sql }) => `(${sql})`).join(' or ') || 'false',
    readsContent: conditions.some(({ readsContent }) => readsContent),
    needs: needs.every((some) => some !== undefined) ? needs.flat() : undefined,
  };
}
