const TOKEN = /"(?:[^"\\]|\\.)*"|[{}[\],:]|[^\s"{}[\],:]+/g;

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
  const open: Set<string>[] = [];
  let previous = '';
  for (const [token] of text.matchAll(TOKEN)) {
    // Arrays get a set too, which stays empty: closing is the same for both.
    if (token === '{' || token === '[') open.push(new Set());
    if (token === '}' || token === ']') open.pop();
    if (token === ':') {
      const names = open.at(-1);
      const name = JSON.parse(previous) as string;
      if (names?.has(name)) return true;
      names?.add(name);
    }
    previous = token;
  }
  return false;
}
