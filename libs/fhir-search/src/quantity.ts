import { pathTo, Variables } from './json-path';
import { type Prefix, splitPrefix } from './prefix';
import { badValue, type Scope } from './scope';
import type { Place } from './search-parameter';
import { splitAt, unescaped } from './split';
import { literal } from './sql-literal';

interface Amount {
  readonly prefix: Prefix;
  readonly number: Decimal;
  /** Of the unit; empty: none given. */
  readonly system: string;
  readonly code: string;
}

/** A decimal, and how far from it a number may be that is written the same way. */
interface Decimal {
  readonly value: string;
  readonly halfWidth: string;
}

const ACCEPTED =
  '[number], [number]|[system]|[code] or [number]||[unit], the number after eq, ne, gt, lt, ge, le, sa, eb, ap or nothing';
const DECIMAL = /^[+-]?(\d{1,40})(?:\.(\d{1,40}))?(?:[eE]([+-]?\d{1,2}))?$/;
/** The Quantities whose units count, below each type. */
const UNITS: Readonly<Record<string, readonly string[]>> = {
  Range: ['low', 'high'],
  SampledData: ['origin'],
};

/** One of the values compares as asked with an amount at one of the places (R4 search, quantity). */
export function quantityCondition(
  places: readonly Place[],
  values: readonly string[],
  scope: Scope,
): string {
  const amounts = values.map((value) => readAmount(value, scope));
  return places
    .flatMap((place) => amounts.map((amount) => atPlace(place, amount, scope)))
    .join(' or ');
}

function readAmount(value: string, scope: Scope): Amount {
  const [first = '', system = '', code = '', ...more] = splitAt('|', value).map(unescaped);
  const [prefix, text] = splitPrefix(first);
  const number = readDecimal(text);
  const hasBars = value.includes('|');
  if (!number || more.length > 0 || (hasBars && code === '')) throw badValue(scope, ACCEPTED);
  return { prefix, number, system, code };
}

/**
 * Half a unit of the last digit. In exponential form a single digit counts as two: R4 gives 1e2 the
 * range from 95 to 105.
 */
function readDecimal(text: string): Decimal | undefined {
  const match = DECIMAL.exec(text);
  if (!match) return undefined;
  const [, whole = '', fraction = '', exponent] = match;
  const single = exponent !== undefined && `${whole}${fraction}`.replace(/^0+/, '').length <= 1;
  const place = Number(exponent ?? 0) - fraction.length - 1 - (single ? 1 : 0);
  return { value: text.replace(/^\+/, ''), halfWidth: `5e${place}` };
}

function atPlace(place: Place, amount: Amount, { json }: Scope): string {
  const variables = new Variables();
  const filter = unitFilter(place, amount, variables);
  const path = literal(`${pathTo(place)}${filter}`);
  return `exists (select from (
    select fhir_search.amount(e.x) as amount
    from jsonb_path_query(${json}, ${path}, ${variables.sql()}, true) as e(x) offset 0) s
    where ${comparison('s.amount', amount)})`;
}

/** Both ends of a Range that are there must have the unit. */
function unitFilter({ type }: Place, { system, code }: Amount, variables: Variables): string {
  if (code === '') return '';
  const wanted = variables.add(code);
  const unit = (of: string): string =>
    system === ''
      ? `(${of}.code == ${wanted} || ${of}.unit == ${wanted})`
      : `(${of}.code == ${wanted} && ${of}.system == ${variables.add(system)})`;
  const members = UNITS[type];
  if (!members) return ` ? (${unit('@')})`;
  return ` ? (${members.map((member) => `(!exists(@.${member}) || ${unit(`@.${member}`)})`).join(' && ')})`;
}

function comparison(amount: string, { prefix, number }: Amount): string {
  const value = `numeric '${number.value}'`;
  const same = `numrange(${value} - ${number.halfWidth}, ${value} + ${number.halfWidth})`;
  const above = (bounds: '()' | '[)'): string => `numrange(${value}, null, '${bounds}')`;
  const below = (bounds: '()' | '(]'): string => `numrange(null, ${value}, '${bounds}')`;
  switch (prefix) {
    case 'eq':
      return `${same} @> ${amount}`;
    case 'ne':
      return `not ${same} @> ${amount}`;
    case 'gt':
      return `${above('()')} && ${amount}`;
    case 'ge':
      return `${above('[)')} && ${amount}`;
    case 'lt':
      return `${below('()')} && ${amount}`;
    case 'le':
      return `${below('(]')} && ${amount}`;
    case 'sa':
      return `${above('()')} @> ${amount}`;
    case 'eb':
      return `${below('()')} @> ${amount}`;
    case 'ap':
      return `numrange(${value} - abs(${value}) / 10, ${value} + abs(${value}) / 10, '[]') && ${amount}`;
  }
}
