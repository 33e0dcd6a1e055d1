import { type MemberCriteria, readBase, readMemberFilters } from '../filtered/member-filter';
import type { GroupIdentifier } from '../group';
import {
  fault,
  type Json,
  objectAt,
  readIdentifier,
  readMember,
  requireNoOthers,
} from './read-entry';
import type { RosterEntry } from './roster-entry';
import type { RosterAttributes } from './rosters.service';

/** What a Group of a client says. */
export interface GivenRoster extends RosterAttributes {
  readonly id: unknown;
  readonly entries: readonly RosterEntry[];
  /** Instead of entries: searches by which members are found. */
  readonly criteria: MemberCriteria | null;
}

/** Made by the service, or without meaning for who is in the group. */
const IGNORED = ['meta', 'text', 'language', 'extension', 'quantity', 'code', 'managingEntity'];

/**
 * Reads a Group as an app sends it: of persons, with a name, and members by reference or by identifier, or filters
 * by which they are found.
 *
 * @throws FhirError 400 that names the place and what is accepted, never a value
 */
export function readGroup(group: Json, fhirBase: string): GivenRoster {
  const { resourceType, id, identifier, active, type, actual, name, member, ...rest } = group;
  const { modifierExtension, ...others } = rest;
  if (resourceType !== 'Group') throw fault('resourceType', 'must be Group');
  if (type !== 'person') throw fault('Group.type', 'must be person');
  const memberFilters = readMemberFilters(modifierExtension);
  requireActual(actual, memberFilters !== undefined);
  if (active !== undefined && active !== true)
    throw fault('Group.active', 'must be true or left out');
  requireNoOthers(others, IGNORED, 'Group');
  const members = listAt(member, 'Group.member');
  return {
    ...{ id, name: nameOf(name) },
    identifiers: listAt(identifier, 'Group.identifier').map((one, index) =>
      identifierOf(one, `Group.identifier[${index}]`),
    ),
    ...readWhom(members, memberFilters, fhirBase),
  };
}

/** Members; with filters those among whom they look, or a group of operators whose members these are. */
function readWhom(
  members: readonly unknown[],
  memberFilters: readonly string[] | undefined,
  fhirBase: string,
): Pick<GivenRoster, 'entries' | 'criteria'> {
  if (!memberFilters) return { entries: readMembers(members, fhirBase), criteria: null };
  const base = readBase(members, fhirBase);
  if (base !== undefined) return { entries: [], criteria: { memberFilters, base } };
  return {
    entries: readMembers(members, fhirBase),
    criteria: { memberFilters, ...(members.length > 0 && { ofMembers: true }) },
  };
}

/** With filters a client may say that it names no members. */
function requireActual(actual: unknown, isFiltered: boolean): void {
  if (actual === true || (isFiltered && actual === false)) return;
  throw fault(
    'Group.actual',
    isFiltered
      ? 'must be true or false'
      : 'must be true: its members are persons, not a description, unless there is a member-filter',
  );
}

function readMembers(members: readonly unknown[], fhirBase: string): readonly RosterEntry[] {
  return members.map((one, index) => readMember(one, { path: `Group.member[${index}]`, fhirBase }));
}

function nameOf(name: unknown): string {
  if (typeof name === 'string' && name.trim() !== '' && /^[^\p{Cc}\p{Cs}]{1,500}$/u.test(name))
    return name;
  throw fault('Group.name', 'must be a text of 1 to 500 printable characters', 'required');
}

function identifierOf(identifier: unknown, path: string): GroupIdentifier {
  const { system, value, ...others } = objectAt(identifier, path);
  requireNoOthers(others, [], path);
  if (system === undefined) return { value: readIdentifier({ system: 'none', value }, path).value };
  return readIdentifier(identifier, path);
}

function listAt(list: unknown, path: string): readonly unknown[] {
  if (list === undefined) return [];
  if (Array.isArray(list)) return list;
  throw fault(path, 'must be a list');
}
