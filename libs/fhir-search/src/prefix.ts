/** How a value compares with what a resource holds (R4 search, prefixes). */
export type Prefix = 'eq' | 'ne' | 'gt' | 'lt' | 'ge' | 'le' | 'sa' | 'eb' | 'ap';

const PREFIX = /^(?:eq|ne|gt|lt|ge|le|sa|eb|ap)(?=[\d+-])/;

/** The prefix of a date or number, `eq` when there is none, and what follows it. */
export function splitPrefix(value: string): readonly [Prefix, string] {
  const prefix = PREFIX.exec(value)?.[0] as Prefix | undefined;
  return prefix === undefined ? ['eq', value] : [prefix, value.slice(prefix.length)];
}
