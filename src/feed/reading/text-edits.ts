import type { Member } from './json-scan';

/** Replaces the bytes from `start` to `end` by `text`. */
export interface Edit {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

/** A text and what is to change in it; edits are in order and do not overlap. */
export interface EditedText {
  readonly text: Buffer;
  readonly edits: readonly Edit[];
}

/** Bytes of the text with its edits made. */
export function editedLength({ text, edits }: EditedText): number {
  let length = text.length;
  for (const edit of edits) length += Buffer.byteLength(edit.text) - (edit.end - edit.start);
  return length;
}

/**
 * Writes the text with its edits made; every byte outside them is copied.
 *
 * @returns the bytes written
 */
export function writeEdited({ text, edits }: EditedText, target: Buffer, at: number): number {
  let [from, to] = [0, at];
  for (const edit of edits) {
    to += text.copy(target, to, from, edit.start);
    to += target.write(edit.text, to, 'utf8');
    from = edit.end;
  }
  to += text.copy(target, to, from);
  return to - at;
}

/** The text with its edits made; without edits, the text itself. */
export function applyEdits(text: Buffer, edits: readonly Edit[]): Buffer {
  if (edits.length === 0) return text;
  const edited = { text, edits };
  const result = Buffer.allocUnsafe(editedLength(edited));
  writeEdited(edited, result, 0);
  return result;
}

/** The edit that puts `text` before the byte at `at`. */
export function insert(at: number, text: string): Edit {
  return { start: at, end: at, text };
}

/** The edit that adds a member, given as text, to an object, right after another member of it. */
export function insertAfter(member: Member, text: string): Edit {
  if (member.commaAfter < 0) return insert(member.value.end, `,${text}`);
  return insert(member.commaAfter + 1, `${text},`);
}
