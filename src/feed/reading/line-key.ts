import { hash } from 'node:crypto';

import type { LocalReference } from '@app/fhir';

/** What a line seems to be, found without parsing it. */
export interface LineKey extends LocalReference {
  /** The digest that a stored resource has if its text is that of the line; in hexadecimal digits. */
  readonly digest: string;
}

const TYPE = '"resourceType":"';
const ID = '"id":"';
const STAMP = /"(?:lastUpdated|versionId)"/;
const HEAD_BYTES = 600;
const PLAIN = '[\\x20\\x21\\x23-\\x5b\\x5d-\\x7e]*';
/** Simple members, then `meta` that begins with values of the store's; it may hold no others. */
const STAMPED = new RegExp(
  `^(?<before>\\{(?:"\\w+":"${PLAIN}",)*)"meta":\\{` +
    `(?<owned>(?:"(?:versionId|lastUpdated)":"${PLAIN}"(?:,(?!\\})|(?=\\},)))+)(?:\\},)?`,
);

/**
 * Reads type, id and digest of a line. A guess, but one that is sure when it fits: a stored resource of
 * this key and this digest was made from the same text but for the two values of the store's.
 *
 * @returns undefined for lines that must be parsed to tell
 */
export function guessKey(text: Buffer): LineKey | undefined {
  // Searching a string of single bytes costs a third of searching the buffer again and again.
  const bytes = text.toString('latin1');
  const type = valueAfter(bytes, TYPE);
  const id = valueAfter(bytes, ID);
  if (type === undefined || id === undefined) return undefined;
  const unstamped = withoutStamp(text, bytes);
  return unstamped && { type, id, digest: hash('sha256', unstamped, 'hex') };
}

function valueAfter(bytes: string, name: string): string | undefined {
  const at = bytes.indexOf(name);
  if (at < 0) return undefined;
  const start = at + name.length;
  const value = bytes.slice(start, bytes.indexOf('"', start));
  return value.length <= 64 && /^[A-Za-z0-9\-.]+$/.test(value) ? value : undefined;
}

/** The text as it is digested; undefined where only its layout tells which values are the store's. */
function withoutStamp(text: Buffer, bytes: string): Buffer | undefined {
  if (!STAMP.test(bytes)) return text;
  const match = STAMPED.exec(bytes.slice(0, HEAD_BYTES));
  if (!match) return undefined;
  const [{ length: end }] = match;
  const { before = '', owned = '' } = match.groups ?? {};
  const after = bytes.slice(end);
  if (isDouble(owned) || STAMP.test(after) || after.includes('"meta"')) return undefined;
  // A comma after the two: others follow, and meta stays.
  const start = before.length + (owned.endsWith(',') ? '"meta":{'.length : 0);
  return Buffer.concat([text.subarray(0, start), text.subarray(end)]);
}

function isDouble(owned: string): boolean {
  const names = owned.match(/"(?:versionId|lastUpdated)":/g) ?? [];
  return new Set(names).size < names.length;
}
