/** Preferences of a request by name in lower case; the empty string where there is no value. */
export type Preferences = ReadonlyMap<string, string>;

const QUOTED_OR_PLAIN = /"(?:[^"\\]|\\.)*"|[^"]|"/g;

/**
 * Reads a Prefer header as RFC 7240 has it: a list of tokens in any case, each with an optional value,
 * which may be quoted, and with parameters, which none of ours has. The first of a name counts. What
 * cannot be read is no preference: it is never an error to prefer something.
 *
 * @param header several header lines are joined by commas
 */
export function parsePreferences(header: string | undefined): Preferences {
  const preferences = new Map<string, string>();
  for (const entry of split(header ?? '', ',')) {
    const [preference = ''] = split(entry, ';');
    const [name = '', ...value] = split(preference, '=');
    const key = name.trim().toLowerCase();
    if (key !== '' && !preferences.has(key)) preferences.set(key, unquoted(value.join('=').trim()));
  }
  return preferences;
}

/** At each separator that is not within quotes. */
function split(text: string, separator: string): readonly string[] {
  const parts = [''];
  for (const [piece] of text.matchAll(QUOTED_OR_PLAIN)) {
    if (piece === separator) parts.push('');
    else parts.push(`${parts.pop() ?? ''}${piece}`);
  }
  return parts;
}

function unquoted(value: string): string {
  const [, inner] = /^"(.*)"$/s.exec(value) ?? [];
  return inner === undefined ? value : inner.replaceAll(/\\(.)/gs, '$1');
}
