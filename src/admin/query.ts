import { shown } from '@app/fhir';

import { invalidParameter } from '../common';

const COUNT = 50;
const MOST = 200;

/** The parameters of a URL, as the framework reads them. */
export type RequestQuery = Readonly<Record<string, unknown>>;

/** @throws FhirError 400 for a parameter that there is not */
export function requireNames(query: RequestQuery, names: readonly string[], what: string): void {
  const strange = Object.keys(query).find((name) => !names.includes(name));
  if (strange === undefined) return;
  throw invalidParameter(shown(strange, 64), `${what} asked for by ${names.join(', ')}.`);
}

/** @throws FhirError 400 unless it is given once, printable, or not at all */
export function readOne(query: RequestQuery, name: string): string | undefined {
  const value = query[name];
  if (value === undefined) return undefined;
  if (typeof value === 'string' && /^[^\p{Cc}]{1,200}$/u.test(value)) return value;
  throw invalidParameter(name, `${name} must be given once, with 1 to 200 printable characters.`);
}

/** How many a page holds. @throws FhirError 400 */
export function readCount(query: RequestQuery): number {
  const text = readOne(query, 'count');
  if (text === undefined) return COUNT;
  const number = /^\d{1,3}$/.test(text) ? Number(text) : 0;
  if (number >= 1 && number <= MOST) return number;
  throw invalidParameter('count', `count must be a whole number, 1 to ${MOST}.`);
}
