import type { Found, Members } from './value-matches';

/** From `low` to `high`; an end is part of it unless it says otherwise. */
interface Amount {
  readonly low: number;
  readonly high: number;
  readonly openLow: boolean;
  readonly openHigh: boolean;
}

const EPSILON = 1e-9;

/** R4 search, quantity and number. */
export function amountMatches(
  { value, type }: Found,
  [first = '', system = '', code = '']: readonly string[],
): boolean {
  const members = value as Members;
  const target = amountOf(members, type);
  const [, prefix = 'eq', text = ''] = /^(eq|ne|gt|lt|ge|le|sa|eb|ap)?(.*)$/.exec(first) ?? [];
  if (!target || !unitsOf(members, type).every((unit) => isUnit(unit, system, code))) return false;
  return COMPARE[prefix]?.(target, Number(text), halfWidth(text)) ?? false;
}

type Compare = (target: Amount, wanted: number, half: number) => boolean;

const isEqual: Compare = ({ low, high }, wanted, half) =>
  low > wanted - half - EPSILON && high < wanted + half - EPSILON;
const reachesAbove = ({ high, openHigh }: Amount, from: number): boolean =>
  high > from + EPSILON || (Math.abs(high - from) <= EPSILON && !openHigh);
const reachesBelow = ({ low, openLow }: Amount, from: number): boolean =>
  low < from - EPSILON || (Math.abs(low - from) <= EPSILON && !openLow);
const COMPARE: Readonly<Record<string, Compare>> = {
  eq: isEqual,
  ne: (...all) => !isEqual(...all),
  gt: ({ high }, wanted) => high > wanted,
  lt: ({ low }, wanted) => low < wanted,
  ge: reachesAbove,
  le: reachesBelow,
  sa: ({ low, openLow }, wanted) => low > wanted || (low === wanted && openLow),
  eb: ({ high, openHigh }, wanted) => high < wanted || (high === wanted && openHigh),
  ap: (target, wanted) =>
    reachesBelow(target, wanted + Math.abs(wanted) / 10) &&
    reachesAbove(target, wanted - Math.abs(wanted) / 10),
};

/** R4: half a unit of the last digit, but 1e2 is from 95 to 105. */
function halfWidth(text: string): number {
  const [digits = '', exponent] = text.toLowerCase().replace(/^[+-]/, '').split('e');
  const decimals = digits.split('.')[1]?.length ?? 0;
  const half = 0.5 * 10 ** (Number(exponent ?? 0) - decimals);
  return exponent !== undefined && digits.replace('.', '').replace(/^0+/, '').length < 2
    ? half / 10
    : half;
}

function amountOf(value: Members | number, type: string): Amount | undefined {
  if (typeof value === 'number') return compared(value, undefined);
  if (type === 'Range') return rangeOf(value);
  if (type === 'SampledData') return samplesOf(value);
  const number = numberOf(value);
  return number === undefined ? undefined : compared(number, value['comparator']);
}

function rangeOf(value: Members): Amount | undefined {
  const low = numberOf(value['low']) ?? -Infinity;
  const high = numberOf(value['high']) ?? Infinity;
  if ((low === -Infinity && high === Infinity) || low > high) return undefined;
  return { low, high, openLow: false, openHigh: false };
}

function samplesOf(value: Members): Amount | undefined {
  const origin = numberOf(value['origin']);
  const words = String(value['data']).split(/\s+/);
  const numbers = words
    .filter((word) => word !== '')
    .map(Number)
    .filter((one) => !Number.isNaN(one));
  if (origin === undefined || numbers.length === 0) return undefined;
  const all = numbers.map((one) => origin + Number(value['factor'] ?? 1) * one);
  return { low: Math.min(...all), high: Math.max(...all), openLow: false, openHigh: false };
}

function compared(number: number, comparator: unknown): Amount {
  const isBelow = comparator === '<' || comparator === '<=';
  const isAbove = comparator === '>' || comparator === '>=';
  return {
    low: isBelow ? -Infinity : number,
    high: isAbove ? Infinity : number,
    openLow: comparator === '>',
    openHigh: comparator === '<',
  };
}

function numberOf(quantity: unknown): number | undefined {
  const value = (quantity as Members | undefined)?.['value'];
  return typeof value === 'number' ? value : undefined;
}

function unitsOf(value: Members, type: string): readonly Members[] {
  const units =
    type === 'Range'
      ? [value['low'], value['high']]
      : [type === 'SampledData' ? value['origin'] : value];
  return units.filter((unit) => unit !== undefined) as Members[];
}

function isUnit(unit: Members, system: string, code: string): boolean {
  if (code === '') return true;
  if ('currency' in unit) return isCurrency(unit, system, code);
  if (system !== '') return unit['code'] === code && unit['system'] === system;
  return unit['code'] === code || unit['unit'] === code;
}

function isCurrency({ currency }: Members, system: string, code: string): boolean {
  return currency === code && ['', 'urn:iso:std:iso:4217'].includes(system);
}
