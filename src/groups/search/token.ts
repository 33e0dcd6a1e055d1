import { splitUnescaped, unescape } from './escaped';

/** A token of a search: what is undefined is not asked for; a null system must be absent. */
export interface SearchToken {
  readonly system?: string | null;
  readonly code?: string;
}

/** Reads `system|code`, `|code`, `system|` or `code`; undefined for anything else. */
export function parseToken(text: string): SearchToken | undefined {
  const parts = splitUnescaped(text, '|').map(unescape);
  const [first = '', second] = parts;
  if (parts.length > 2) return undefined;
  if (second === undefined) return first === '' ? undefined : { code: first };
  if (first === '' && second === '') return undefined;
  return {
    system: first === '' ? null : first,
    ...(second === '' ? {} : { code: second }),
  };
}
