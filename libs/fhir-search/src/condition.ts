import { type Comparison, partOf, rowsOf, someMatches } from './comparison';
import { dateComparison, lastUpdatedCondition } from './date';
import { Facts } from './facts';
import { pathExists, pathTo, valuesAt, Variables } from './json-path';
import { containedText, wholeText } from './necessary-text';
import { numberComparison, quantityComparison } from './quantity';
import type { Criterion } from './query';
import {
  canonicalCondition,
  identifierCondition,
  ofTarget,
  referenceComparison,
  referencedIds,
} from './reference';
import { badValue, type Scope } from './scope';
import type { Component, Place } from './search-parameter';
import { splitAt, unescaped } from './split';
import { exactText, textComparison } from './text';
import { tokenCodes, tokenComparison, tokenCondition } from './token';
import { uriCondition } from './uri';
import { textArray } from './values';

/** A boolean expression of SQL about a version `v`. */
export interface Condition {
  readonly sql: string;
  readonly readsContent: boolean;
  /** Texts of which one is in the JSON when the condition holds and nothing in it is escaped. */
  readonly needs: readonly string[] | undefined;
}

interface Asked {
  readonly places: readonly Place[];
  readonly values: readonly string[];
  readonly modifier: string | undefined;
}

const NOT_ONE_TEXT = ['boolean', 'presence', 'string'];

/** @throws UnsupportedSearchError for a value that is not understood */
export function conditionOf(criterion: Criterion, scope: Scope): Condition {
  const { parameter, modifier, values } = criterion;
  const column = columnCondition(criterion, scope);
  if (column !== undefined) return { sql: column, readsContent: false, needs: undefined };
  if (modifier === 'missing') return content(missing(parameter.places, values, scope));
  if (modifier === 'not') {
    return content(`not (${tokenCondition(parameter.places, values, scope)})`);
  }
  if (parameter.kind === 'composite') {
    return composite(parameter.places, parameter.components, values, scope);
  }
  const asked = { places: parameter.places, values, modifier };
  return content(compared(parameter.kind, asked, scope), needsOf(parameter.kind, asked));
}

function content(sql: string, needs?: readonly string[]): Condition {
  return { sql, readsContent: true, needs };
}

/** Id and time are columns of a version: those who ask for them need no JSON. */
function columnCondition(
  { parameter, modifier, values }: Criterion,
  scope: Scope,
): string | undefined {
  if (parameter.name === '_lastUpdated') return lastUpdatedCondition(values, scope);
  if (parameter.name !== '_id') return undefined;
  const ids = textArray(scope.values, values.map(unescaped));
  return modifier === 'not' ? `v.id <> all (${ids})` : `v.id = any (${ids})`;
}

function compared(
  kind: Component['kind'],
  { places, values, modifier }: Asked,
  scope: Scope,
): string {
  if (kind === 'token') return tokenCondition(places, values, scope);
  if (kind === 'uri') return uriCondition(places, values, scope);
  if (modifier === 'exact') return exactText(places, values, scope);
  if (modifier === 'identifier') return identifierCondition(places, values, scope);
  if (places.every(({ type }) => type === 'canonical')) {
    return canonicalCondition(places, values, scope);
  }
  return someMatches(comparisonOf(kind, { places, modifier }, scope), values, scope);
}

function comparisonOf(
  kind: Component['kind'],
  { places, modifier }: Omit<Asked, 'values'>,
  scope: Scope,
): Comparison {
  switch (kind) {
    case 'token':
      return tokenComparison(places, scope);
    case 'date':
      return dateComparison(places, scope);
    case 'quantity':
      return quantityComparison(places, scope);
    case 'number':
      return numberComparison(places, scope);
    case 'string':
      return textComparison(places, modifier === 'contains' ? 'contains' : 'start', scope);
    case 'reference':
      return referenceComparison(places, modifier, scope);
    case 'uri':
      throw new Error('URIs are compared by a path.');
  }
}

function needsOf(
  kind: Component['kind'],
  { places, values, modifier }: Asked,
): readonly string[] | undefined {
  switch (kind) {
    case 'token': {
      if (places.some(({ type }) => NOT_ONE_TEXT.includes(type))) return undefined;
      const codes = tokenCodes(values);
      return codes && wholeText(codes);
    }
    case 'uri':
      return containedText(values.map(unescaped));
    case 'string':
      return modifier === 'exact' ? wholeText(values.map(unescaped)) : undefined;
    case 'reference':
      return modifier === 'identifier' ? undefined : containedText(referencedIds(values));
    case 'date':
    case 'quantity':
    case 'number':
      return undefined;
  }
}

/** All parts of one of the values are found together in one of the places (R4 search, composite). */
function composite(
  places: readonly Place[],
  components: readonly Component[],
  values: readonly string[],
  scope: Scope,
): Condition {
  const parts = values.map((value) => partsOf(components, value, scope));
  const facts = new Facts('d');
  const within = (n: number): Scope => ({ ...scope, json: 'c.x', facts, part: partOf(n) });
  const comparisons = components.map(({ kind, places: at }, n) =>
    comparisonOf(kind, { places: at, modifier: undefined }, within(n)),
  );
  const together = comparisons.map(({ matches }) => `(${matches})`).join(' and ');
  const rows = rowsOf(comparisons, parts, scope);
  const sql = places.map(
    (place) =>
      `exists (with ${rows} select from ${valuesAt(scope, pathTo(place), 'c')} ${facts.join()} cross join q where ${together})`,
  );
  return content(sql.join(' or '), needsOfParts(components, parts));
}

/** Of each value one part is enough to look for. */
function needsOfParts(
  components: readonly Component[],
  values: readonly (readonly string[])[],
): readonly string[] | undefined {
  const needs = values.map((parts) =>
    components
      .map(({ kind, places }, n) =>
        needsOf(kind, { places, values: [parts[n] ?? ''], modifier: undefined }),
      )
      .find((some) => some !== undefined),
  );
  return needs.every((some) => some !== undefined) ? needs.flat() : undefined;
}

function partsOf(components: readonly Component[], value: string, scope: Scope): readonly string[] {
  const parts = splitAt('$', value);
  if (parts.length === components.length && !parts.includes('')) return parts;
  throw badValue(
    scope,
    `${components.map(({ kind }) => `[${kind}]`).join('$')}, with \\$ for a dollar sign within`,
  );
}

/** Nothing is at any of the places. */
function missing(places: readonly Place[], values: readonly string[], scope: Scope): string {
  const [value, ...more] = values;
  if (more.length > 0 || (value !== 'true' && value !== 'false'))
    throw badValue(scope, 'true or false');
  if (places.some(({ type }) => type === 'presence')) return value === 'true' ? 'false' : 'true';
  const there = places.map((place) => isThere(place, scope)).join(' or ');
  return value === 'true' ? `not (${there})` : `(${there})`;
}

function isThere(place: Place, scope: Scope): string {
  if (place.target === undefined) {
    return pathExists(scope, pathTo(place), '@.type() != "null"', new Variables());
  }
  return `exists (select from ${valuesAt(scope, pathTo(place), 'r')}
    where ${ofTarget(place, 'r.x').join(' and ')})`;
}
