/**
 * A text as names are compared: without case, accents and punctuation, words parted by one space
 * (R4 search, string parameters). Empty when nothing is left of it.
 */
export function nameKey(text: string): string {
  return text
    .normalize('NFKD')
    .replace(/\p{M}+/gu, '')
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]+/gu, ' ')
    .trim();
}
