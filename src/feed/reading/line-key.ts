import { hash } from 'node:crypto';

import type { LocalReference } from '@app/fhir';

/** What a line seems to be, found without parsing it. */
export interface LineKey extends LocalReference {
  /** The digest that a stored resource has if its text is that of the line. */
  readonly digest: Buffer;
}

const TYPE = '"resourceType":"';
const ID = '"id":"';
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
  const type = valueAfter(text, TYPE);
  const id = valueAfter(text, ID);
  if (type === undefined || id === undefined) return undefined;
  const unstamped = withoutStamp(text);
  return unstamped && { type, id, digest: hash('sha256', unstamped, 'buffer') };
}

function valueAfter(text: Buffer, name: string): string | undefined {
  const at = text.indexOf(name, 0, 'latin1');
  if (at < 0) return undefined;
  const start = at + name.length;
  const value = text.toString('latin1', start, text.indexOf(0x22, start));
  return value.length <= 64 && /^[A-Za-z0-9\-.]+$/.test(value) ? value : undefined;
}

/** The text as it is digested; undefined where only its layout tells which values are the store's. */
function withoutStamp(text: Buffer): Buffer | undefined {
  if (!hasStamp(text, 0)) return text;
  const match = STAMPED.exec(text.toString('latin1', 0, HEAD_BYTES));
  if (!match) return undefined;
  const [{ length: end }] = match;
  const { before = '', owned = '' } = match.groups ?? {};
  if (isDouble(owned) || hasStamp(text, end) || text.includes('"meta"', end, 'latin1')) {
    return undefined;
  }
  // A comma after the two: others follow, and meta stays.
  const start = before.length + (owned.endsWith(',') ? '"meta":{'.length : 0);
  return Buffer.concat([text.subarray(0, start), text.subarray(end)]);
}

function isDouble(owned: string): boolean {
  const names = owned.match(/"(?:versionId|lastUpdated)":/g) ?? [];
  return new Set(names).size < names.length;
}

function hasStamp(text: Buffer, from: number): boolean {
  return (
    text.includes('"lastUpdated"', from, 'latin1') || text.includes('"versionId"', from, 'latin1')
  );
}
