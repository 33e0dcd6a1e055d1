const INSTANT =
  /^(\d{4})-(\d{2})-(\d{2})T(\d{2}):(\d{2}):(\d{2})(?:\.(\d{1,9}))?(Z|[+-](?:0\d|1[0-3]):[0-5]\d|[+-]14:00)$/;

/**
 * Reads a FHIR `instant`: date, time to the second or finer, and a zone (R4 datatypes, instant).
 *
 * @returns microseconds since 1970-01-01T00:00:00Z, digits beyond the sixth cut off, or undefined
 *   when the text is no instant. A leap second (`:60`) counts as the second that follows.
 */
export function parseInstant(text: string): bigint | undefined {
  const match = INSTANT.exec(text);
  if (!match) return undefined;
  const [, year, month, day, hour, minute, second, fraction = '', zone = 'Z'] = match;
  const fields = [year, month, day, hour, minute, second].map(Number);
  if (!isCalendarTime(fields)) return undefined;
  const [y = 0, mo = 0, d = 0, h = 0, mi = 0, s = 0] = fields;
  const date = new Date(0);
  date.setUTCFullYear(y, mo - 1, d);
  date.setUTCHours(h, mi, s);
  const local = BigInt(date.getTime()) * 1000n;
  return local + BigInt(fraction.padEnd(6, '0').slice(0, 6)) - zoneMicroseconds(zone);
}

/** An instant in UTC with microseconds, as PostgreSQL reads it without loss. */
export function formatMicroseconds(microseconds: bigint): string {
  const within = ((microseconds % 1000n) + 1000n) % 1000n;
  const milliseconds = Number((microseconds - within) / 1000n);
  return new Date(milliseconds).toISOString().replace('Z', `${String(within).padStart(3, '0')}Z`);
}

function isCalendarTime(fields: readonly number[]): boolean {
  const [y, mo, d, h, mi, s] = fields as [number, number, number, number, number, number];
  if (h > 23 || mi > 59 || s > 60) return false;
  return y >= 1 && mo >= 1 && mo <= 12 && d >= 1 && d <= daysIn(y, mo);
}

/** The calendar repeats every 400 years; Date.UTC reads years below 100 as of the 20th century. */
function daysIn(year: number, month: number): number {
  return new Date(Date.UTC(2000 + (year % 400), month, 0)).getUTCDate();
}

function zoneMicroseconds(zone: string): bigint {
  if (zone === 'Z') return 0n;
  const minutes = Number(zone.slice(1, 3)) * 60 + Number(zone.slice(4, 6));
  return BigInt(zone.startsWith('-') ? -minutes : minutes) * 60_000_000n;
}
