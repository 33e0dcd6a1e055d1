/**
 * Where values lie in JSON text, in bytes. The scanner does not validate: on text that `JSON.parse`
 * accepts its answers are exact, on any other text it ends at the latest at the end of the text.
 */
export interface Span {
  readonly start: number;
  readonly end: number;
}

/** A member of an object: its key with the quotes, its value, the commas around it (-1 for none). */
export interface Member {
  readonly key: Span;
  readonly value: Span;
  readonly commaBefore: number;
  readonly commaAfter: number;
}

const QUOTE = 0x22;
const COMMA = 0x2c;
const BACKSLASH = 0x5c;
const OPEN_BRACKET = 0x5b;
const CLOSE_BRACKET = 0x5d;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;

/** The members of the object whose `{` is at `at`. */
export function readMembers(text: Buffer, at: number): readonly Member[] {
  const members: Member[] = [];
  let commaBefore = -1;
  let position = skipSpace(text, at + 1);
  while (position < text.length && text[position] === QUOTE) {
    const key = { start: position, end: skipString(text, position) };
    const start = skipSpace(text, skipSpace(text, key.end) + 1);
    const end = skipValue(text, start);
    const after = skipSpace(text, end);
    const commaAfter = text[after] === COMMA ? after : -1;
    members.push({ key, value: { start, end }, commaBefore, commaAfter });
    if (commaAfter < 0) break;
    commaBefore = commaAfter;
    position = skipSpace(text, commaAfter + 1);
  }
  return members;
}

/** True when the member has this name, which is ASCII, in whatever spelling of its key. */
export function isNamed(text: Buffer, { key }: Member, name: string): boolean {
  const length = key.end - key.start - 2;
  if (length < name.length) return false;
  if (length > name.length) return hasEscape(text, key) && decodeString(text, key) === name;
  for (let index = 0; index < length; index += 1) {
    if (text[key.start + 1 + index] !== name.charCodeAt(index)) return false;
  }
  return true;
}

/** The elements of the array whose `[` is at `at`. */
export function readElements(text: Buffer, at: number): readonly Span[] {
  const elements: Span[] = [];
  let position = skipSpace(text, at + 1);
  while (position < text.length && text[position] !== CLOSE_BRACKET) {
    const end = skipValue(text, position);
    elements.push({ start: position, end });
    const after = skipSpace(text, end);
    if (text[after] !== COMMA) break;
    position = skipSpace(text, after + 1);
  }
  return elements;
}

/** The text of the JSON string at `span`, escapes resolved; as it stands when it is no JSON string. */
export function decodeString(text: Buffer, span: Span): string {
  const raw = text.toString('utf8', span.start + 1, span.end - 1);
  if (!raw.includes('\\')) return raw;
  try {
    return String(JSON.parse(`"${raw}"`));
  } catch {
    return raw;
  }
}

/** The index after the JSON string whose opening quote is at `at`. */
export function skipString(text: Buffer, at: number): number {
  for (let position = at + 1; position < text.length; position += 1) {
    const byte = text[position];
    if (byte === QUOTE) return position + 1;
    if (byte === BACKSLASH) position += 1;
  }
  return text.length;
}

/** The first index from `at` on that is not white space. */
export function skipSpace(text: Buffer, at: number): number {
  let position = at;
  while (position < text.length && isSpace(text[position])) position += 1;
  return position;
}

/** True for the four bytes that JSON allows between tokens. */
export function isSpace(byte: number | undefined): boolean {
  return byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09;
}

function hasEscape(text: Buffer, span: Span): boolean {
  for (let position = span.start; position < span.end; position += 1) {
    if (text[position] === BACKSLASH) return true;
  }
  return false;
}

function skipValue(text: Buffer, at: number): number {
  const first = text[at];
  if (first === QUOTE) return skipString(text, at);
  if (first === OPEN_BRACE || first === OPEN_BRACKET) return skipNested(text, at);
  let position = at;
  while (position < text.length && !endsScalar(text[position])) position += 1;
  return position;
}

function skipNested(text: Buffer, at: number): number {
  let depth = 0;
  let position = at;
  while (position < text.length) {
    const byte = text[position];
    if (byte === QUOTE) {
      position = skipString(text, position);
      continue;
    }
    position += 1;
    if (byte === OPEN_BRACE || byte === OPEN_BRACKET) depth += 1;
    else if (byte === CLOSE_BRACE || byte === CLOSE_BRACKET) {
      depth -= 1;
      if (depth === 0) return position;
    }
  }
  return text.length;
}

function endsScalar(byte: number | undefined): boolean {
  return byte === COMMA || byte === CLOSE_BRACE || byte === CLOSE_BRACKET || isSpace(byte);
}
