import { Injectable } from '@nestjs/common';

import type { SqlQuery } from './group';
import { GROUP_MEMBERS, groupAsOf, groupNow } from './group-text';
import type {
  GivenCohort,
  GroupHeadAsked,
  MemberPage,
  MembershipSource,
} from './membership-source';

/** Members kept one by one, as TouchWorks patient lists are. */
@Injectable()
export class PatientListSource implements MembershipSource {
  readonly kind = 'patient-list';

  cohort(groupId: string, at: string, among?: string): Promise<SqlQuery> {
    const only = among === undefined ? '' : ` and patient_id in (${among})`;
    return Promise.resolve({ sql: `${COHORT}${only}`, parameters: [groupId, at] });
  }

  /** The members of some lists, as `cohort` has those of one. */
  cohortOfAny(groupIds: readonly string[], at: string): SqlQuery {
    return { sql: COHORT_OF_ANY, parameters: [groupIds, at] };
  }

  resource(groupId: string, at: string, cohort?: GivenCohort): Promise<SqlQuery> {
    const among = cohort?.isSubset ? cohort.sql : undefined;
    return Promise.resolve({ sql: groupAsOf(among), parameters: [groupId, at] });
  }

  head(groupId: string, { now, shown }: GroupHeadAsked): Promise<SqlQuery> {
    const parameters = shown.has('quantity') ? [groupId, now] : [groupId];
    return Promise.resolve({ sql: groupNow(shown), parameters });
  }

  memberPage(groupId: string, { at, after, limit }: MemberPage): Promise<SqlQuery> {
    return Promise.resolve({ sql: GROUP_MEMBERS, parameters: [groupId, at, after, limit] });
  }
}

// FHIR's periods include both of their ends.
const membersOf = (groups: string): string => `
  select distinct patient_id
  from groups.member
  where ${groups} and added_at <= $2::timestamptz and removed_at > $2::timestamptz
    and not inactive
    and coalesce(period_start <= $2::timestamptz, true)
    and coalesce(period_end >= $2::timestamptz, true)`;
const COHORT = membersOf('group_id = $1');
const COHORT_OF_ANY = membersOf('group_id = any($1::text[])');
