import { Injectable } from '@nestjs/common';

import type { GroupRecord, SqlQuery } from './group';
import type { MembershipSource } from './membership-source';

/** Members kept one by one, as TouchWorks patient lists are. */
@Injectable()
export class PatientListSource implements MembershipSource {
  readonly kind = 'patient-list';

  cohort(group: GroupRecord, at: string): SqlQuery {
    return { sql: COHORT, parameters: [group.id, at] };
  }
}

// FHIR's periods include both of their ends.
const COHORT = `
  select distinct patient_id
  from groups.member
  where group_id = $1 and added_at <= $2::timestamptz and removed_at > $2::timestamptz
    and not inactive
    and coalesce(period_start <= $2::timestamptz, true)
    and coalesce(period_end >= $2::timestamptz, true)`;
