/** Longer than any name that means something, and short enough for a sentence. */
const MOST_CHARACTERS = 64;
/** Controls, and what changes how the characters around it are shown. */
const UNSEEN = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\p{Noncharacter_Code_Point}]/gu;

/**
 * A name or a value for a refusal, as the client wrote it: of the same case, cut after 64 characters, and
 * with escapes such as `\u0007` for what cannot be seen.
 */
export function shown(text: string, most = MOST_CHARACTERS): string {
  const beginning = Array.from(text.slice(0, 2 * most))
    .slice(0, most)
    .join('');
  const seen = beginning.replace(UNSEEN, escaped);
  return beginning.length < text.length ? `${seen}…` : seen;
}

/** The same between quotation marks. */
export function quoted(text: string): string {
  return `"${shown(text)}"`;
}

function escaped(character: string): string {
  const code = (character.codePointAt(0) ?? 0).toString(16);
  return code.length > 4 ? `\\u{${code}}` : `\\u${code.padStart(4, '0')}`;
}
