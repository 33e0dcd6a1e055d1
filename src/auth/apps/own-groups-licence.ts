import type { OwnGroupsLicence } from './app';

/** What an operator hands in of a licence for own groups; without a number of groups there is none. */
export interface GivenOwnGroups {
  readonly ownGroups?: number | undefined;
  readonly ownGroupMembers?: number | undefined;
  readonly choosesFromEveryone?: boolean | undefined;
}

const MOST_GROUPS = 10_000;
const MOST_MEMBERS = 10_000_000;
const DEFAULT_MEMBERS = 100_000;

/** Undefined when no groups may be kept. */
export function ownGroupsLicence({
  ownGroups = 0,
  ownGroupMembers = DEFAULT_MEMBERS,
  choosesFromEveryone = false,
}: GivenOwnGroups): OwnGroupsLicence | undefined {
  if (ownGroups === 0) return undefined;
  const population = choosesFromEveryone ? 'everyone' : 'licensed';
  return { groups: ownGroups, members: ownGroupMembers, population };
}

/** The other way round; what there is none of is 0. */
export function givenOwnGroups(licence: OwnGroupsLicence | undefined): Required<GivenOwnGroups> {
  return {
    ownGroups: licence?.groups ?? 0,
    ownGroupMembers: licence?.members ?? DEFAULT_MEMBERS,
    choosesFromEveryone: licence?.population === 'everyone',
  };
}

/** What is wrong, a sentence each. */
export function ownGroupsFaults({
  ownGroups = 0,
  ownGroupMembers = DEFAULT_MEMBERS,
}: GivenOwnGroups): readonly string[] {
  return [
    ...(isWithin(ownGroups, 0, MOST_GROUPS)
      ? []
      : [`The number of its own groups must be a whole number, 0 to ${MOST_GROUPS}.`]),
    ...(isWithin(ownGroupMembers, 1, MOST_MEMBERS)
      ? []
      : [`The members of one of its groups must be a whole number, 1 to ${MOST_MEMBERS}.`]),
  ];
}

function isWithin(value: number, least: number, most: number): boolean {
  return Number.isInteger(value) && value >= least && value <= most;
}
