import { dateCondition, lastUpdatedCondition } from './date';
import { pathExists, pathTo, Variables } from './json-path';
import { containedText, wholeText } from './necessary-text';
import { quantityCondition } from './quantity';
import type { Criterion } from './query';
import { identifierCondition, ofTarget, referenceCondition, referencedIds } from './reference';
import { badValue, type Scope } from './scope';
import type { Component, Place } from './search-parameter';
import { splitAt, unescaped } from './split';
import { literal } from './sql-literal';
import { textCondition } from './text';
import { tokenCodes, tokenCondition } from './token';
import { uriCondition } from './uri';

/** A boolean expression of SQL about a version `v`. */
export interface Condition {
  readonly sql: string;
  readonly readsContent: boolean;
  /** Texts of which one is in the JSON when the condition holds and nothing in it is escaped. */
  readonly needs: readonly string[] | undefined;
}

interface Comparison {
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
  return compared(parameter.kind, { places: parameter.places, values, modifier }, scope);
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
  const ids = values.map((value) => literal(unescaped(value))).join(', ');
  return `v.id ${modifier === 'not' ? 'not in' : 'in'} (${ids})`;
}

function compared(kind: Component['kind'], comparison: Comparison, scope: Scope): Condition {
  const { places, values, modifier } = comparison;
  switch (kind) {
    case 'token':
      return content(tokenCondition(places, values, scope), tokenNeeds(places, values));
    case 'date':
      return content(dateCondition(places, values, scope));
    case 'quantity':
      return content(quantityCondition(places, values, scope));
    case 'uri':
      return content(uriCondition(places, values, scope), containedText(values.map(unescaped)));
    case 'string':
      return text(comparison, scope);
    case 'reference':
      if (modifier === 'identifier') return content(identifierCondition(places, values, scope));
      return content(
        referenceCondition(places, values, modifier, scope),
        containedText(referencedIds(values)),
      );
  }
}

function text({ places, values, modifier }: Comparison, scope: Scope): Condition {
  if (modifier === 'exact') {
    return content(textCondition(places, values, 'exact', scope), wholeText(values.map(unescaped)));
  }
  return content(
    textCondition(places, values, modifier === 'contains' ? 'contains' : 'start', scope),
  );
}

function tokenNeeds(
  places: readonly Place[],
  values: readonly string[],
): readonly string[] | undefined {
  if (places.some(({ type }) => NOT_ONE_TEXT.includes(type))) return undefined;
  const codes = tokenCodes(values);
  return codes && wholeText(codes);
}

/** All parts of one of the values are found together in one of the places (R4 search, composite). */
function composite(
  places: readonly Place[],
  components: readonly Component[],
  values: readonly string[],
  scope: Scope,
): Condition {
  const conditions = values.map((value) => together(components, value, scope));
  const sql = conditions.map((condition) => `(${condition.sql})`).join(' or ');
  const needs = conditions.map((condition) => condition.needs);
  return content(
    places
      .map(
        (place) =>
          `exists (select from jsonb_path_query(${scope.json}, ${literal(pathTo(place))}, '{}', true) as c(x) where ${sql})`,
      )
      .join(' or '),
    needs.every((some) => some !== undefined) ? needs.flat() : undefined,
  );
}

function together(components: readonly Component[], value: string, scope: Scope): Condition {
  const parts = splitAt('$', value);
  if (parts.length !== components.length || parts.includes('')) {
    throw badValue(
      scope,
      `${components.map(({ kind }) => `[${kind}]`).join('$')}, with \\$ for a dollar sign within`,
    );
  }
  const conditions = components.map(({ kind, places }, index) =>
    compared(
      kind,
      { places, values: [parts[index] ?? ''], modifier: undefined },
      { ...scope, json: 'c.x' },
    ),
  );
  return content(
    conditions.map((condition) => `(${condition.sql})`).join(' and '),
    conditions.find(({ needs }) => needs !== undefined)?.needs,
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

function isThere(place: Place, { json }: Scope): string {
  if (place.target === undefined) {
    return pathExists(json, pathTo(place), '@.type() != "null"', new Variables());
  }
  return `exists (select from jsonb_path_query(${json}, ${literal(pathTo(place))}, '{}', true) as r(x)
    where ${ofTarget(place, 'r.x').join(' and ')})`;
}
