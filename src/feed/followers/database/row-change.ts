import { isFhirId } from '@app/fhir';

import type { Change } from '../change-source';
import type { SourceRow } from './source-session';

/**
 * What a row says.
 *
 * @returns undefined when it has no resource of the type and id under which it comes
 */
export function changeOf(type: string, row: SourceRow): Change | undefined {
  const id = String(row['id']);
  if (!isFhirId(id)) return undefined;
  if (isTrue(row['deleted'])) return { type, id, content: undefined };
  const content = oneLine(row['content']);
  return content !== undefined && isOf(content, type, id) ? { type, id, content } : undefined;
}

/** MySQL's BIT as text. */
const BIT_ONE = '\u0001';
const WORDS = /^(t|true|y|yes|[1-9]\d*)$/i;

/** Databases have many words for it. */
function isTrue(value: unknown): boolean {
  if (Buffer.isBuffer(value)) return value.some((byte) => byte !== 0);
  return value === true || value === BIT_ONE || WORDS.test(String(value));
}

/** Line breaks are blanks between the tokens of JSON; strings hold none. */
function oneLine(content: unknown): string | undefined {
  const text = Buffer.isBuffer(content) ? content.toString('utf8') : content;
  return typeof text === 'string' ? text.replace(/[\r\n]+/g, ' ') : undefined;
}

function isOf(content: string, type: string, id: string): boolean {
  try {
    const { resourceType, id: own } = JSON.parse(content) as Readonly<Record<string, unknown>>;
    return resourceType === type && own === id;
  } catch {
    // The writer rejects the line, and says where.
    return true;
  }
}
