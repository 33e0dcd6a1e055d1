import { R4_LINKS } from './r4-links';

const tables = new Map(
  Object.entries(R4_LINKS).map(([name, where]) => [
    name,
    { isListed: where.startsWith('+'), holders: new Set(where.split(' ').slice(1)) },
  ]),
);

/**
 * True when R4 gives a member the type uri, url, oid or uuid.
 *
 * @param name the member's name in JSON
 * @param holder the name of the member whose value it stands in; at the root of a resource, its type
 */
export function isLinkMember(name: string, holder: string): boolean {
  const table = tables.get(name);
  return table !== undefined && table.holders.has(holder) === table.isListed;
}

/** True when a member of this name is a link in some object, not necessarily in all. */
export function mayBeLink(name: string): boolean {
  return tables.has(name);
}
