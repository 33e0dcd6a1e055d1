import type { Span } from './json-scan';
import type { Edit } from './text-edits';

/** In XHTML, the address of a link or of an image, with what stands before it in its tag. */
const ADDRESS = /(<(?:a|img)\s(?:[^<>]*?\s)?(?:href|src)\s*=\s*(["']))([^"'<>]*)(?=\2)/g;
/** A character of a JSON string, in whatever spelling. */
const CHARACTER = /\\u[0-9a-fA-F]{4}|\\[^]|[^\\]/g;

/**
 * The edits that replace addresses of links and images in a narrative, a JSON string at `span`. Only
 * the bytes of the addresses change, however the rest is escaped.
 */
export function narrativeEdits(
  text: Buffer,
  span: Span,
  replacement: (link: string) => string | undefined,
): readonly Edit[] {
  const raw = text.toString('utf8', span.start + 1, span.end - 1);
  if (!raw.includes('href') && !raw.includes('src') && !raw.includes('\\u')) return [];
  const spelled: readonly string[] = raw.match(CHARACTER) ?? [];
  const xhtml = spelled.map(decode).join('');
  const edits: Edit[] = [];
  for (const match of xhtml.matchAll(ADDRESS)) {
    const [, before = '', , address = ''] = match;
    const target = replacement(address.replaceAll('&amp;', '&'));
    if (target === undefined) continue;
    const from = match.index + before.length;
    const start = span.start + 1 + bytesOf(spelled.slice(0, from));
    const end = start + bytesOf(spelled.slice(from, from + address.length));
    edits.push({ start, end, text: JSON.stringify(target).slice(1, -1) });
  }
  return edits;
}

/** One UTF-16 unit for one unit: places in the decoded text are places in the list. */
function decode(character: string): string {
  if (character.length === 1) return character;
  try {
    return String(JSON.parse(`"${character}"`));
  } catch {
    return '\ufffd';
  }
}

function bytesOf(spelled: readonly string[]): number {
  return Buffer.byteLength(spelled.join(''));
}
