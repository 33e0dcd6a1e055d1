import { decodeString, isNamed, readMembers, skipSpace, skipString, type Span } from './json-scan';

/** A string of JSON that is the value of a member, or stands in a list that is. */
export interface StringValue {
  readonly name: string;
  /** The member whose value the string's object is; at the root of a resource, its type. */
  readonly holder: string;
  readonly span: Span;
}

/** An object or a list that is open, and the name of the member that it is the value of. */
interface Open {
  readonly name: string;
  readonly at: number;
  readonly isObject: boolean;
}

const QUOTE = 0x22;
const COLON = 0x3a;
const OPEN_BRACKET = 0x5b;
const CLOSE_BRACKET = 0x5d;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;
/** Members that hold whole resources. */
const RESOURCES = ['', 'contained', 'resource'];

/** The string values in the JSON of a resource, in order; those whose name `isWanted` alone. */
export function* stringValues(
  text: Buffer,
  isWanted: (name: string) => boolean,
): Generator<StringValue> {
  const open: Open[] = [];
  let name = '';
  for (let at = 0; at < text.length; at += 1) {
    const byte = text[at];
    if (byte === QUOTE) {
      const span = { start: at, end: skipString(text, at) };
      at = span.end - 1;
      if (isKey(text, span, open)) name = decodeString(text, span);
      else if (isWanted(name)) yield { name, holder: holderOf(text, open), span };
    } else if (byte === OPEN_BRACE || byte === OPEN_BRACKET) {
      open.push({ name, at, isObject: byte === OPEN_BRACE });
    } else if (byte === CLOSE_BRACE || byte === CLOSE_BRACKET) {
      name = open.pop()?.name ?? '';
    }
  }
}

function isKey(text: Buffer, span: Span, open: readonly Open[]): boolean {
  return text[skipSpace(text, span.end)] === COLON && open.at(-1)?.isObject === true;
}

/** The type of the resource whose `{` is at `at`. */
export function typeOf(text: Buffer, at: number): string | undefined {
  const type = readMembers(text, at).find((member) => isNamed(text, member, 'resourceType'));
  return type && decodeString(text, type.value);
}

function holderOf(text: Buffer, open: readonly Open[]): string {
  const object = open.findLast(({ isObject }) => isObject);
  if (!object || !RESOURCES.includes(object.name)) return object?.name ?? '';
  return typeOf(text, object.at) ?? object.name;
}
