/** Where the members of a group come from: one MembershipSource each. */
export const GROUP_SOURCES = ['patient-list', 'segment', 'roster', 'filtered'] as const;

export type GroupSource = (typeof GROUP_SOURCES)[number];

/** A group as it is now, without its members. */
export interface GroupRecord {
  readonly id: string;
  readonly name: string;
  /** A GroupSource, or the name of one that this release does not know. */
  readonly source: string;
  readonly version: string;
  /** The app that keeps it; null: operators do. */
  readonly owner: string | null;
}

/** SQL with its bound parameters, `$1` being the first. */
export interface SqlQuery {
  readonly sql: string;
  readonly parameters: readonly unknown[];
}

export interface Coding {
  readonly system?: string;
  readonly code: string;
  readonly display?: string;
}

/** A FHIR Identifier, in the order of FHIR's elements. */
export interface GroupIdentifier {
  readonly system?: string;
  readonly value: string;
}

/** A trait that the members share; the value is a code, or true or false. */
export interface GroupCharacteristic {
  readonly code: Coding;
  readonly value: Coding | boolean;
}
