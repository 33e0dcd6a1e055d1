import type { Comparison } from './comparison';
import { approximate, type Decimal, readDecimal, sameDigits, textOf } from './decimal';
import { pathTo, valuesAt } from './json-path';
import { type Prefix, splitPrefix } from './prefix';
import { badValue, type Scope } from './scope';
import type { Place } from './search-parameter';
import { splitAt, unescaped } from './split';
import { literal } from './sql-literal';

const ACCEPTED =
  '[number], [number]|[system]|[code] or [number]||[unit], the number after eq, ne, gt, lt, ge, le, sa, eb, ap or nothing';
const ACCEPTED_NUMBER = '[number] after eq, ne, gt, lt, ge, le, sa, eb, ap or nothing';
/** What stands by itself, without a unit. */
const NUMBERS = ['integer', 'decimal', 'positiveInt', 'unsignedInt'];
/** The Quantities whose units count, below each type. */
const UNITS: Readonly<Record<string, readonly string[]>> = {
  Range: ['low', 'high'],
  SampledData: ['origin'],
};

/** As asked with an amount at one of the places (R4 search, quantity). */
export function quantityComparison(places: readonly Place[], scope: Scope): Comparison {
  return {
    columns: { operator: 'text', amounts: 'numrange', unit: 'jsonb' },
    row: (value) => readAmount(value, scope),
    matches: places.map((place) => atPlace(place, scope)).join(' or '),
  };
}

/** As asked with a number at one of the places (R4 search, number). */
export function numberComparison(places: readonly Place[], scope: Scope): Comparison {
  return {
    ...quantityComparison(places, scope),
    row: (value) => {
      if (splitAt('|', value).length > 1) throw badValue(scope, ACCEPTED_NUMBER);
      return readAmount(value, scope, ACCEPTED_NUMBER);
    },
  };
}

function atPlace(place: Place, scope: Scope): string {
  const q = `q.${scope.part}`;
  const values = valuesAt(scope, pathTo(place));
  const amount = NUMBERS.includes(place.type) ? "jsonb_build_object('value', e.x)" : 'e.x';
  const amounts = scope.facts.add(`array(select fhir_search.amount(${amount}) from ${values})`);
  const whole = scope.facts.add(`array(select e.x from ${values})`);
  return `exists (select from unnest(${amounts}, ${whole}) s(amount, x) where ${compared(q)}
    and (${q}unit is null or jsonb_path_exists(s.x, ${literal(`$ ? (${unitFilter(place)})`)}, ${q}unit, true)))`;
}

const compared = (q: string): string => `case ${q}operator
  when 'holds' then ${q}amounts @> s.amount
  when 'lacks' then not ${q}amounts @> s.amount
  when 'meets' then ${q}amounts && s.amount end`;

const CURRENCIES = 'urn:iso:std:iso:4217';

/** Both ends of a Range that are there must have the unit. */
function unitFilter({ type }: Place): string {
  if (type === 'Money')
    return `@.currency == $code && ($system == "" || $system == "${CURRENCIES}")`;
  const unit = (of: string): string =>
    `(($system == "" && (${of}.code == $code || ${of}.unit == $code)) || ($system != "" && ${of}.code == $code && ${of}.system == $system))`;
  const members = UNITS[type];
  if (!members) return unit('@');
  return members.map((member) => `(!exists(@.${member}) || ${unit(`@.${member}`)})`).join(' && ');
}

function readAmount(
  value: string,
  scope: Scope,
  accepted = ACCEPTED,
): Readonly<Record<string, unknown>> {
  const [first = '', system = '', code = '', ...more] = splitAt('|', value).map(unescaped);
  const [prefix, text] = splitPrefix(first);
  const number = readDecimal(text);
  const hasBars = value.includes('|');
  if (!number || more.length > 0 || (hasBars && code === '')) throw badValue(scope, accepted);
  const [operator, amounts] = wanted(prefix, number);
  return { operator, amounts, ...(code === '' ? {} : { unit: { system, code } }) };
}

/** A `numrange`, and how an amount lies to it. */
function wanted(prefix: Prefix, number: Decimal): readonly ['holds' | 'lacks' | 'meets', string] {
  const value = textOf(number);
  switch (prefix) {
    case 'eq':
      return ['holds', sameDigits(number)];
    case 'ne':
      return ['lacks', sameDigits(number)];
    case 'gt':
      return ['meets', `(${value},)`];
    case 'ge':
      return ['meets', `[${value},)`];
    case 'lt':
      return ['meets', `(,${value})`];
    case 'le':
      return ['meets', `(,${value}]`];
    case 'sa':
      return ['holds', `(${value},)`];
    case 'eb':
      return ['holds', `(,${value})`];
    case 'ap':
      return ['meets', approximate(number)];
  }
}
