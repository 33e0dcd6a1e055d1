const TEXT =
  /^(\d{4}-\d{2}-\d{2})[ T](\d{2}:\d{2}:\d{2})(?:\.(\d{1,3})\d*)?\s*(Z|[+-]\d{2}(?::?\d{2})?)?$/;

/**
 * An instant as drivers give it, a Date or a text; without a zone it is in UTC, as sessions are. Cut to
 * milliseconds, so that it is never later than it was.
 *
 * @returns undefined for anything else
 */
export function readInstant(value: unknown): Date | undefined {
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? undefined : value;
  const [, date, time, fraction = '', zone = 'Z'] = TEXT.exec(String(value)) ?? [];
  if (date === undefined || time === undefined) return undefined;
  const read = new Date(`${date}T${time}.${fraction.padEnd(3, '0')}${isoZone(zone)}`);
  return Number.isNaN(read.getTime()) ? undefined : read;
}

function isoZone(zone: string): string {
  if (zone === 'Z') return zone;
  const digits = zone.slice(1).replace(':', '').padEnd(4, '0');
  return `${zone.slice(0, 1)}${digits.slice(0, 2)}:${digits.slice(2)}`;
}
