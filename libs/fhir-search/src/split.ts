/** Parts of `text` between separators that no backslash takes the meaning from; backslashes stay. */
export function splitAt(separator: ',' | '|' | '$', text: string): readonly string[] {
  const parts: string[] = [];
  let from = 0;
  for (let at = 0; at < text.length; at++) {
    if (text[at] === '\\') at++;
    else if (text[at] === separator) {
      parts.push(text.slice(from, at));
      from = at + 1;
    }
  }
  return [...parts, text.slice(from)];
}

/** `\,`, `\|`, `\$` and `\\` as they are meant (R4 search, escaping). */
export function unescaped(text: string): string {
  return text.replace(/\\([,|$\\])/g, '$1');
}
