import { compact, type Member, members, skipSpace, type Span } from './json-text';

/** What of a resource's text must be the same in input and export. */
export type NormalForm = (text: Buffer) => Buffer;

const STORE_OWNED: ReadonlySet<string> = new Set(['versionId', 'lastUpdated']);
const REFERENCE = /"reference":"[^"]*"/g;
/** What a fullUrl may be, and what it becomes. */
const LINK =
  '(?:urn:uuid:[^"\'\\\\<>]*|(?:https?://[^"\'\\\\<>\\s]*/)?[A-Z][A-Za-z]+/[A-Za-z0-9.-]{1,64})';
/** A link that is a whole string, as that of an attachment. */
const WHOLE = new RegExp(`"${LINK}"`, 'g');
/** The address of a link or an image in a narrative. */
const ADDRESS = new RegExp(`((?:href|src)\\s*=\\s*(?:\\\\"|'))${LINK}(?=\\\\"|')`, 'g');

/** Every byte. */
export const everyByte: NormalForm = (text) => text;

/** Every byte but meta.versionId and meta.lastUpdated, and a meta that holds nothing else. */
export const allButStoreMeta: NormalForm = (text) => without(text, storeMeta(text));

/**
 * For entries of Bundles, which come without white space, with the id that their fullUrl gives them
 * and with links to each other resolved: every token but those, and the two of the store.
 */
export const entryForm: NormalForm = (text) => {
  const tokens = allButStoreMeta(compact(text));
  const spans: Span[] = [];
  for (const member of members(tokens, 0)) if (member.name === 'id') spans.push(spanOf(member, 0));
  const rest = without(tokens, spans).toString('latin1');
  const unlinked = rest.replace(REFERENCE, '"reference":""').replace(WHOLE, '""');
  return Buffer.from(unlinked.replace(ADDRESS, '$1'), 'latin1');
};

/**
 * The form of text in which attachments that lie in a Binary of the service have relative URLs: the
 * export makes them absolute.
 */
export function withRelativeUrls(form: NormalForm, fhirBase: string): NormalForm {
  const absolute = `"${fhirBase}/Binary/`;
  return (text) => {
    if (!text.includes(absolute)) return form(text);
    return form(Buffer.from(text.toString('latin1').replaceAll(absolute, '"Binary/'), 'latin1'));
  };
}

/** Spans in order, none overlapping. */
function storeMeta(text: Buffer): readonly Span[] {
  let before = 0;
  for (const meta of members(text, skipSpace(text, 0))) {
    if (meta.name === 'meta') return ownedBy(text, meta, before);
    before = meta.comma;
  }
  return [];
}

function ownedBy(text: Buffer, meta: Member, before: number): readonly Span[] {
  const all = [...members(text, meta.valueStart)];
  if (all.every(({ name }) => STORE_OWNED.has(name))) return [spanOf(meta, before)];
  return all.flatMap((member, index) =>
    STORE_OWNED.has(member.name) ? [spanOf(member, all[index - 1]?.comma ?? 0)] : [],
  );
}

/** A member with one comma: the one behind it, or before the last member the one in front. */
function spanOf(member: Member, before: number): Span {
  if (member.comma >= 0) return { start: member.start, end: member.comma + 1 };
  return { start: before > 0 ? before : member.start, end: member.valueEnd };
}

function without(text: Buffer, spans: readonly Span[]): Buffer {
  if (spans.length === 0) return text;
  const pieces: Buffer[] = [];
  let from = 0;
  for (const { start, end } of spans) {
    if (start > from) pieces.push(text.subarray(from, start));
    from = Math.max(from, end);
  }
  pieces.push(text.subarray(from));
  return Buffer.concat(pieces);
}
