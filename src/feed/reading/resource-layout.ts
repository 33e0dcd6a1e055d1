import { isNamed, type Member, readMembers, skipSpace } from './json-scan';
import { InvalidResourceError } from './loader.errors';

/** Where a resource's text holds what the store owns or keys on. */
export interface ResourceLayout {
  readonly resourceType: Member;
  readonly id: Member | undefined;
  readonly meta: MetaLayout | undefined;
}

/** The top-level `meta`, its members in order, and the two whose values belong to the store. */
export interface MetaLayout {
  readonly member: Member;
  readonly members: readonly Member[];
  readonly versionId: Member | undefined;
  readonly lastUpdated: Member | undefined;
}

const OPEN_BRACE = 0x7b;

/**
 * Reads the layout of a resource's text, which must be valid JSON.
 *
 * @throws InvalidResourceError when a member that decides what the resource is occurs twice: readers
 *   of JSON disagree about which of the two counts.
 */
export function readLayout(text: Buffer): ResourceLayout {
  const start = skipSpace(text, 0);
  if (text[start] !== OPEN_BRACE) throw new InvalidResourceError('not a JSON object');
  const members = readMembers(text, start);
  const resourceType = single(text, members, 'resourceType');
  if (!resourceType) throw new InvalidResourceError('resourceType is missing');
  return {
    resourceType,
    id: single(text, members, 'id'),
    meta: readMeta(text, single(text, members, 'meta')),
  };
}

function readMeta(text: Buffer, member: Member | undefined): MetaLayout | undefined {
  if (!member) return undefined;
  if (text[member.value.start] !== OPEN_BRACE) {
    throw new InvalidResourceError('meta is not an object');
  }
  const members = readMembers(text, member.value.start);
  return {
    member,
    members,
    versionId: single(text, members, 'versionId'),
    lastUpdated: single(text, members, 'lastUpdated'),
  };
}

function single(text: Buffer, members: readonly Member[], name: string): Member | undefined {
  let found: Member | undefined;
  for (const member of members) {
    if (!isNamed(text, member, name)) continue;
    if (found) throw new InvalidResourceError(`${name} occurs twice`);
    found = member;
  }
  return found;
}
