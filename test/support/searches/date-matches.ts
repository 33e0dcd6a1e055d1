import { asList, type Found, type Members } from './value-matches';

/** From `low` to before `high`, in milliseconds; data and searches of the tests are no finer. */
interface Span {
  readonly low: number;
  readonly high: number;
}

/** R4 search, date. */
export function dateMatches({ value, type }: Found, wanted: string, now: number): boolean {
  const target = spanOf(value, type);
  const [, prefix = 'eq', text = ''] = /^(eq|ne|gt|lt|ge|le|sa|eb|ap)?(.*)$/.exec(wanted) ?? [];
  const search = textSpan(text, false);
  if (!target || !search) return false;
  const gap = Math.abs(now - search.low) / 10;
  const contained = search.low <= target.low && target.high <= search.high;
  return (
    {
      eq: contained,
      ne: !contained,
      gt: target.high > search.high,
      lt: target.low < search.low,
      ge: target.high > search.high || contained,
      le: target.low < search.low || contained,
      sa: target.low >= search.high,
      eb: target.high <= search.low,
      ap: target.low < search.high + gap && target.high > search.low - gap,
    }[prefix] ?? false
  );
}

function spanOf(value: unknown, type: string): Span | undefined {
  if (['date', 'dateTime', 'instant'].includes(type)) return textSpan(value, type === 'instant');
  if (type === 'Period') return periodSpan(value as Members);
  if (type !== 'Timing') return undefined;
  const { event, repeat } = value as { event?: unknown; repeat?: Members };
  const spans = asList(event).map((one) => textSpan(one, false));
  if (repeat?.['boundsPeriod']) spans.push(periodSpan(repeat['boundsPeriod'] as Members));
  const known = spans.filter((span) => span !== undefined);
  if (known.length === 0) return undefined;
  return {
    low: Math.min(...known.map(({ low }) => low)),
    high: Math.max(...known.map(({ high }) => high)),
  };
}

function periodSpan({ start, end }: Members): Span | undefined {
  const from = start === undefined ? { low: -Infinity } : textSpan(start, false);
  const to = end === undefined ? { high: Infinity } : textSpan(end, false);
  if (!from || !to || (start === undefined && end === undefined) || from.low >= to.high)
    return undefined;
  return { low: from.low, high: to.high };
}

const TEXT = /^(\d{4})(-\d\d)?(-\d\d)?(T\d\d:\d\d)?(:\d\d)?(\.\d+)?(Z|[+-]\d\d:\d\d)?$/;

function textSpan(text: unknown, isPoint: boolean): Span | undefined {
  const match = TEXT.exec(String(text));
  if (!match) return undefined;
  const [year = '', month = '-01', day = '-01', minute = 'T00:00', second = ':00', ...rest] =
    match.slice(1);
  const [fraction = '', zone = 'Z'] = rest;
  const date = `${year}${month}${day}`;
  const low = Date.parse(`${date}${minute}${second}${fraction}${zone}`);
  const local = Date.parse(`${date}T00:00Z`);
  if (Number.isNaN(low) || new Date(local).toISOString().slice(0, 10) !== date) return undefined;
  return { low, high: isPoint ? low + 0.001 : endOf(low, match) };
}

function endOf(
  low: number,
  [, year, month, day, minute, second, fraction]: RegExpExecArray,
): number {
  if (second !== undefined) return low + 1000 / 10 ** Math.max((fraction ?? '').length - 1, 0);
  if (minute !== undefined) return low + 60_000;
  if (day !== undefined) return low + 86_400_000;
  return month === undefined
    ? Date.UTC(Number(year) + 1, 0)
    : Date.UTC(Number(year), Number(month.slice(1)));
}
