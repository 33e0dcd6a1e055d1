/**
 * A quick look for text is worth it up to so many texts; each reads all of a resource that has none.
 */
export const MAX_TEXTS = 8;
const SHORTEST = 3;
/** Characters that JSON has short escapes for; any other is itself, or `\u` and four digits. */
const ESCAPABLE = /["\\/\p{Cc}]/u;

/** For values that are whole strings of the JSON: each with its quotation marks, where it can be so. */
export function wholeText(values: readonly string[]): readonly string[] | undefined {
  return texts(values, (value) => (ESCAPABLE.test(value) ? longestPart(value) : `"${value}"`));
}

/** For values that are parts of strings of the JSON. */
export function containedText(values: readonly string[]): readonly string[] | undefined {
  return texts(values, longestPart);
}

function texts(
  values: readonly string[],
  textOf: (value: string) => string,
): readonly string[] | undefined {
  const found = [...new Set(values.map(textOf))];
  const isWorthIt = found.length <= MAX_TEXTS && found.every(({ length }) => length >= SHORTEST);
  return isWorthIt ? found : undefined;
}

function longestPart(value: string): string {
  return value
    .split(ESCAPABLE)
    .reduce((longest, part) => (part.length > longest.length ? part : longest), '');
}
