/** A member of a JSON object, as positions in its text. The text must be valid JSON. */
export interface Member {
  /** Without quotes. */
  readonly name: string;
  /** Of the name's opening quote. */
  readonly start: number;
  readonly valueStart: number;
  readonly valueEnd: number;
  /** Position of the comma behind the value, -1 behind the last member. */
  readonly comma: number;
}

export interface Span {
  readonly start: number;
  readonly end: number;
}

const QUOTE = 0x22;
const COMMA = 0x2c;
const COLON = 0x3a;
const BACKSLASH = 0x5c;
const OPENING = new Set([0x7b, 0x5b]);
const CLOSING = new Set([0x7d, 0x5d]);
const SPACE = new Set([0x20, 0x09, 0x0a, 0x0d]);

/** The members of the object that begins at `at`, one by one: whoever stops early reads no further. */
export function* members(text: Buffer, at: number): Generator<Member> {
  let position = skipSpace(text, at + 1);
  while (text[position] === QUOTE) {
    const start = position;
    const nameEnd = skipString(text, start);
    position = skipSpace(text, nameEnd);
    if (text[position] !== COLON) throw new Error('An object lacks a colon.');
    const valueStart = skipSpace(text, position + 1);
    const valueEnd = skipValue(text, valueStart);
    position = skipSpace(text, valueEnd);
    const comma = text[position] === COMMA ? position : -1;
    const name = text.toString('utf8', start + 1, nameEnd - 1);
    yield { name, start, valueStart, valueEnd, comma };
    if (comma < 0) return;
    position = skipSpace(text, comma + 1);
  }
}

/** The elements of the array that begins at `at`. */
export function* elements(text: Buffer, at: number): Generator<Span> {
  let start = skipSpace(text, at + 1);
  while (start < text.length && !CLOSING.has(text[start] ?? 0)) {
    const end = skipValue(text, start);
    yield { start, end };
    const next = skipSpace(text, end);
    if (text[next] !== COMMA) return;
    start = skipSpace(text, next + 1);
  }
}

/** The text without the white space between its tokens. */
export function compact(text: Buffer): Buffer {
  const result = Buffer.allocUnsafe(text.length);
  let length = 0;
  for (let at = 0; at < text.length;) {
    const byte = text[at] ?? 0;
    const end = byte === QUOTE ? skipString(text, at) : at + 1;
    if (!SPACE.has(byte)) length += text.copy(result, length, at, end);
    at = end;
  }
  return result.subarray(0, length);
}

export function skipSpace(text: Buffer, at: number): number {
  let position = at;
  while (SPACE.has(text[position] ?? 0)) position += 1;
  return position;
}

function skipValue(text: Buffer, at: number): number {
  if (text[at] === QUOTE) return skipString(text, at);
  let depth = 0;
  let position = at;
  while (position < text.length) {
    const byte = text[position] ?? 0;
    if (byte === QUOTE) {
      position = skipString(text, position);
      continue;
    }
    if (OPENING.has(byte)) depth += 1;
    else if (depth === 0 && (byte === COMMA || CLOSING.has(byte) || SPACE.has(byte))) break;
    else if (CLOSING.has(byte)) {
      depth -= 1;
      if (depth === 0) return position + 1;
    }
    position += 1;
  }
  return position;
}

function skipString(text: Buffer, at: number): number {
  for (let end = text.indexOf(QUOTE, at + 1); end >= 0; end = text.indexOf(QUOTE, end + 1)) {
    let backslashes = 0;
    while (text[end - 1 - backslashes] === BACKSLASH) backslashes += 1;
    if (backslashes % 2 === 0) return end + 1;
  }
  throw new Error('A string does not end.');
}
