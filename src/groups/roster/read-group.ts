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
}

/** Made by the service, or without meaning for who is in the group. */
const IGNORED = ['meta', 'text', 'language', 'extension', 'quantity', 'code', 'managingEntity'];

/**
 * Reads a Group as an app sends it: of persons, actual, with a name, and members by reference or by identifier.
 *
 * @throws FhirError 400 that names the place and what is accepted, never a value
 */
export function readGroup(group: Json, fhirBase: string): GivenRoster {
  const { resourceType, id, identifier, active, type, actual, name, member, ...others } = group;
  if (resourceType !== 'Group') throw fault('resourceType', 'must be Group');
  if (type !== 'person') throw fault('Group.type', 'must be person');
  if (actual !== true)
    throw fault('Group.actual', 'must be true: its members are persons, not a description');
  if (active !== undefined && active !== true)
    throw fault('Group.active', 'must be true or left out');
  requireNoOthers(others, IGNORED, 'Group');
  return {
    ...{ id, name: nameOf(name) },
    identifiers: listAt(identifier, 'Group.identifier').map((one, index) =>
      identifierOf(one, `Group.identifier[${index}]`),
    ),
    entries: listAt(member, 'Group.member').map((one, index) =>
      readMember(one, { path: `Group.member[${index}]`, fhirBase }),
    ),
  };
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
