import { isR4ResourceType } from '@app/fhir';

import { decodeString, skipString } from './json-scan';
import { applyEdits, type Edit } from './text-edits';

const QUOTE = 0x22;
const COLON = 0x3a;
const CONDITIONAL = /^([A-Za-z]+)\?identifier=([^&]*)$/;

/**
 * Replaces literal references in compact JSON: the strings that are values of members named
 * `reference`, at any depth, and nothing else.
 *
 * @param replacement the new reference, or undefined to leave this one
 */
export function rewriteReferences(
  text: Buffer,
  replacement: (reference: string) => string | undefined,
): Buffer {
  const edits: Edit[] = [];
  for (let at = text.indexOf(QUOTE); at >= 0; at = text.indexOf(QUOTE, at)) {
    const key = { start: at, end: skipString(text, at) };
    at = key.end;
    if (text[at] !== COLON || text[at + 1] !== QUOTE) continue;
    const value = { start: at + 1, end: skipString(text, at + 1) };
    at = value.end;
    if (decodeString(text, key) !== 'reference') continue;
    const reference = replacement(decodeString(text, value));
    if (reference !== undefined) edits.push({ ...value, text: JSON.stringify(reference) });
  }
  return applyEdits(text, edits);
}

/**
 * What a conditional reference `Type?identifier=system|value` asks for, as `Type system|value`.
 *
 * @returns undefined for other references, and for searches that name no system or no value
 */
export function conditionalKey(reference: string): string | undefined {
  const [, type = '', search = ''] = CONDITIONAL.exec(reference) ?? [];
  if (!isR4ResourceType(type)) return undefined;
  const identifier = decodeUrl(search);
  return isIdentifierKey(identifier) ? `${type} ${identifier}` : undefined;
}

/** True for `system|value` with both parts, on one line: what can be looked up. */
export function isIdentifierKey(identifier: string): boolean {
  return /^[^|\n]+\|[^\n]+$/.test(identifier);
}

function decodeUrl(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
