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
  const open: Set<string>[] = [];
  let string = '';
  for (let at = 0; at < text.length; at++) {
    const character = text.charAt(at);
    if (character === '"') {
      const end = endOfString(text, at);
      string = text.slice(at + 1, end);
      at = end;
    } else if (character === '{' || character === '[') {
      // Arrays get a set too, which stays empty: closing is the same for both.
      open.push(new Set());
    } else if (character === '}' || character === ']') {
      open.pop();
    } else if (character === ':') {
      const names = open.at(-1);
      const name = unescaped(string);
      if (names?.has(name)) return 'repeated';
      if (names && names.add(name).size > most) return 'too many';
    }
  }
  return undefined;
}

/** The quotation mark that ends the string which begins at `start`. */
function endOfString(text: string, start: number): number {
  for (let end = text.indexOf('"', start + 1); end >= 0; end = text.indexOf('"', end + 1)) {
    let backslashes = 0;
    while (text[end - 1 - backslashes] === '\\') backslashes++;
    if (backslashes % 2 === 0) return end;
  }
  return text.length;
}

function unescaped(string: string): string {
  return string.includes('\\') ? (JSON.parse(`"${string}"`) as string) : string;
}
