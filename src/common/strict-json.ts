import { createScanner } from 'jsonc-parser';

/**
 * Parses a JSON object in which no object has one name twice: two readers of such text may see two
 * different things (RFC 7515 §4, RFC 7519 §4).
 *
 * @throws SyntaxError
 */
export function parseStrictObject(text: string): Readonly<Record<string, unknown>> {
  const value: unknown = JSON.parse(text);
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new SyntaxError('not a JSON object');
  }
  if (repeatsName(text)) throw new SyntaxError('a name is given twice');
  return value as Readonly<Record<string, unknown>>; // has just been looked at
}

/**
 * Whether some object has one name twice. For text that is known to be JSON: there, a string before a
 * colon is a name.
 */
export function repeatsName(text: string): boolean {
  return faultOfNames(text, Infinity) === 'repeated';
}

/**
 * What is wrong with the names of objects, found in one pass. Of text that is no JSON it may say anything.
 *
 * @param most members that an object may have
 */
export function faultOfNames(text: string, most: number): 'repeated' | 'too many' | undefined {
  const scanner = createScanner(text, true);
  const open: Set<string>[] = [];
  let string = '';
  while (scanner.getPosition() < text.length) {
    scanner.scan();
    const first = text.charAt(scanner.getTokenOffset());
    if (first === '"') string = scanner.getTokenValue();
    // Arrays get a set too, which stays empty: closing is the same for both.
    else if (first === '{' || first === '[') open.push(new Set());
    else if (first === '}' || first === ']') open.pop();
    else if (first === ':') {
      const names = open.at(-1);
      if (names?.has(string)) return 'repeated';
      if (names && names.add(string).size > most) return 'too many';
    }
  }
  return undefined;
}
