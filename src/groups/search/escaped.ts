/** Splits at a separator that no backslash precedes (R4 search, escaping); escapes are kept. */
export function splitUnescaped(text: string, separator: ',' | '|' | '$'): readonly string[] {
  const pieces = text.match(/\\[\s\S]|[\s\S]/g) ?? [];
  const ends = [...pieces.keys()].filter((index) => pieces[index] === separator);
  const starts = [0, ...ends.map((index) => index + 1)];
  return starts.map((start, part) => pieces.slice(start, ends[part]).join(''));
}

/** The text that the escapes stand for. */
export function unescape(text: string): string {
  return text.replace(/\\([\\,|$])/g, '$1');
}
