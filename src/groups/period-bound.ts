import { formatMicroseconds, parseInstant } from '@app/fhir';

/**
 * Reads a bound of a period: an instant, or a date that counts whole (in UTC).
 *
 * @returns an instant for PostgreSQL, or undefined when the text is neither
 */
export function periodBound(text: string, end: 'start' | 'end'): string | undefined {
  const isDate = /^\d{4}-\d{2}-\d{2}$/.test(text);
  const time = end === 'start' ? 'T00:00:00Z' : 'T23:59:59.999999Z';
  const instant = parseInstant(isDate ? text + time : text);
  return instant === undefined ? undefined : formatMicroseconds(instant);
}
