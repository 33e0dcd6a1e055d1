import type { GroupRecord, GroupSource, SqlQuery } from './group';

/** Injection token of all membership sources. */
export const MEMBERSHIP_SOURCES = Symbol('MembershipSources');

/** Resolves groups of one kind to patients: a provider per kind. */
export interface MembershipSource {
  readonly kind: GroupSource;

  /**
   * A query of the distinct `patient_id`s that belong to the group at an instant, never of more: no
   * inactive members, none outside its period (GR-07). No patient at all is a result like others.
   *
   * @param at an instant in any spelling that PostgreSQL reads with its zone
   */
  cohort(group: GroupRecord, at: string): SqlQuery;
}
