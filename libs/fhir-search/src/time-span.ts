import { formatMicroseconds, parseInstant } from '@app/fhir';

/** All the time that a date of some precision means: from `low` to before `high`, in microseconds. */
export interface TimeSpan {
  readonly low: bigint;
  readonly high: bigint;
}

const DATE =
  /^(\d{4})(?:-(\d\d)(?:-(\d\d)(?:T(\d\d:\d\d)(?::(\d\d)(?:\.(\d{1,9}))?)?(Z|[+-]\d\d:\d\d)?)?)?)?$/;
const MINUTE = 60_000_000n;
const DAY = 1440n * MINUTE;
const FIRST = -62_135_596_800_000_000n;
const LAST = parseInstant('9999-12-31T23:59:59.999999Z') ?? 0n;

/**
 * A FHIR date or dateTime, of any precision; minutes may end it. A time without a zone, and a date, are
 * read in UTC. In what was decoded twice a space stands for the `+` of a zone.
 */
export function parseTimeSpan(text: string): TimeSpan | undefined {
  const match = DATE.exec(text.replace(/(?<=T.*) (?=\d\d:\d\d$)/, '+'));
  if (!match) return undefined;
  const [, year, month, day, time, second, fraction] = match;
  const low = parseInstant(instantText(match));
  if (low === undefined) return undefined;
  if (time !== undefined) return { low, high: low + widthOfTime(second, fraction) };
  if (day !== undefined) return { low, high: low + DAY };
  const high =
    month === undefined ? startOf(Number(year) + 1, 1) : startOf(Number(year), Number(month) + 1);
  return { low, high };
}

/** The first instant of a matched date, with all that it leaves out. */
function instantText([, year, month, day, time, second, fraction, zone]: RegExpExecArray): string {
  const part = (text: string | undefined, otherwise: string): string => text ?? otherwise;
  const date = `${part(year, '')}-${part(month, '01')}-${part(day, '01')}`;
  const seconds = `${part(second, '00')}${fraction === undefined ? '' : `.${fraction}`}`;
  return `${date}T${part(time, '00:00')}:${seconds}${part(zone, 'Z')}`;
}

/** The text of a `tsrange` in UTC; what lies outside of the years that FHIR has counts as infinite. */
export function rangeText({ low, high }: TimeSpan): string {
  return `[${timestampText(low)},${timestampText(high)})`;
}

/** SQL of a timestamp without zone, in UTC. */
export function timestamp(microseconds: bigint): string {
  return `'${timestampText(microseconds)}'::timestamp`;
}

function timestampText(microseconds: bigint): string {
  if (microseconds > LAST) return 'infinity';
  if (microseconds < FIRST) return '-infinity';
  return formatMicroseconds(microseconds).slice(0, -1);
}

/** The first day of a month; month 13 is the next year's first. */
function startOf(year: number, month: number): bigint {
  const date = new Date(0);
  date.setUTCFullYear(year, month - 1, 1);
  return BigInt(date.getTime()) * 1000n;
}

function widthOfTime(second: string | undefined, fraction: string | undefined): bigint {
  if (second === undefined) return MINUTE;
  return 10n ** BigInt(6 - Math.min(fraction?.length ?? 0, 6));
}
