import type { GroupSource, SqlQuery } from './group';
import type { ShownElements } from './search/shown-elements';

/** Injection token of all membership sources. */
export const MEMBERSHIP_SOURCES = Symbol('MembershipSources');

/**
 * Resolves groups of one kind to patients, and spells them as FHIR: a provider per kind. Instants come
 * in any spelling that PostgreSQL reads with its zone. No member at all is a result like others.
 *
 * Every method fails with a FhirError 422 for a group that cannot be resolved to members (GR-09).
 */
export interface MembershipSource {
  readonly kind: GroupSource;

  /**
   * A query of the distinct `patient_id`s that belong to the group at an instant, never of more: no
   * inactive members, none outside its period (GR-07).
   *
   * @param among SQL without parameters that yields the patients who are asked about: who is not among
   *   them is left out, and not looked at either
   */
  cohort(groupId: string, at: string, among?: string): Promise<SqlQuery>;

  /**
   * A query of `last_updated` and `content`: the Group as of an instant, on one line. It has one row,
   * or none when the group did not exist then.
   *
   * @param cohort who was found to be in it at the instant, so that nobody is looked for again
   */
  resource(groupId: string, at: string, cohort?: GivenCohort): Promise<SqlQuery>;

  /**
   * A query of `version`, `last_updated` and `text`: the Group as it is now, as text up to its
   * members. It has one row, or none when there is no such group.
   */
  head(groupId: string, asked: GroupHeadAsked): Promise<SqlQuery>;

  /** A query of the members that belong to a head. */
  memberPage(groupId: string, page: MemberPage): Promise<SqlQuery>;
}

export interface GroupHeadAsked {
  readonly now: string;
  readonly shown: ShownElements;
  /** Of its members at `now`, where they are not kept but found; needed for `quantity`. */
  readonly count: number | undefined;
}

/** Patients who are in a group at an instant, as somebody has found them. */
export interface GivenCohort {
  /** Yields `patient_id`; without parameters. */
  readonly sql: string;
  /** The Group must name and count nobody else, and say that it is not whole. */
  readonly isSubset: boolean;
}

export interface MemberPage {
  /** `last_updated` of the head. */
  readonly at: string;
  /** The last patient of the page before, or ''. */
  readonly after: string;
  readonly limit: number;
  /** Whoever reads keeps the group, and is told what becomes of each entry. */
  readonly isForOwner?: boolean;
}
