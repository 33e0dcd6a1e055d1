export const HOUR = 3_600_000;
export const DAY = 24 * HOUR;
export const YEAR = 365.25 * DAY;

/** Everything recorded happens between these, milliseconds since 1970: the past, for good. */
export const FIRST_EVENT = Date.UTC(2010, 0, 4);
export const LAST_EVENT = Date.UTC(2024, 10, 30);
export const LAST_UPDATE = Date.UTC(2024, 11, 30);

/** FHIR `date`. */
export function date(milliseconds: number): string {
  return new Date(milliseconds).toISOString().slice(0, 10);
}

/** FHIR `dateTime` or `instant`, to the second, UTC. */
export function dateTime(milliseconds: number): string {
  return `${new Date(milliseconds).toISOString().slice(0, 19)}Z`;
}

/** FHIR `instant` to the millisecond as a clock five hours behind UTC shows it. */
export function easternInstant(milliseconds: number): string {
  return new Date(milliseconds - 5 * HOUR).toISOString().replace('Z', '-05:00');
}
