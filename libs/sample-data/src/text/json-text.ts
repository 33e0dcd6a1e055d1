/** JSON text that is already encoded: written as it is, so decimals keep their trailing zeros. */
export class Fragment {
  constructor(readonly text: string) {}
}

/** Numbers are whole; a decimal is a Fragment. Members that are undefined are left out. */
export type Json = string | number | boolean | undefined | Fragment | readonly Json[] | JsonObject;

export interface JsonObject {
  readonly [member: string]: Json;
}

// oxlint-disable-next-line no-control-regex -- control characters are what JSON must escape
const NEEDS_ESCAPE = /["\\\u0000-\u001f\u2028\u2029\ud800-\udfff]/;

/** A string as JSON text, line and paragraph separators (U+2028, U+2029) escaped too. */
export function quote(text: string): string {
  if (!NEEDS_ESCAPE.test(text)) return `"${text}"`;
  return JSON.stringify(text).replaceAll('\u2028', '\\u2028').replaceAll('\u2029', '\\u2029');
}

/** JSON text on one line. */
export function jsonText(value: Exclude<Json, undefined>): string {
  if (typeof value === 'string') return quote(value);
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  if (value instanceof Fragment) return value.text;
  return isList(value) ? listText(value) : `{${membersText(value)}}`;
}

/** The members of an object as JSON text, without the braces. */
export function membersText(object: JsonObject): string {
  let text = '';
  for (const member in object) {
    const value = object[member];
    if (value === undefined) continue;
    text += text === '' ? `"${member}":` : `,"${member}":`;
    text += jsonText(value);
  }
  return text;
}

/** Encodes once what is written many times. */
export function fragment(value: Exclude<Json, undefined>): Fragment {
  return new Fragment(jsonText(value));
}

/** A decimal with exactly `digits` digits after the point: (1.1, 2) is `1.10`. */
export function decimal(value: number, digits: number): Fragment {
  return new Fragment(value.toFixed(digits));
}

function listText(list: readonly Json[]): string {
  let text = '';
  for (const value of list) {
    if (value === undefined) continue;
    text += text === '' ? jsonText(value) : `,${jsonText(value)}`;
  }
  return `[${text}]`;
}

function isList(value: readonly Json[] | JsonObject): value is readonly Json[] {
  return Array.isArray(value);
}
