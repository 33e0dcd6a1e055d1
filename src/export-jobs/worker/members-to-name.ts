import type { Extraction, Statement } from '../../extractors';
import type { GivenCohort } from '../../groups';
import type { JobRecord } from '../persistence/job-record';

/**
 * Whom the Group in an export names and counts: the patients that the request is narrowed to (PR-50), and
 * nobody whose Patient the token's scopes hide (SEC-07). Searches of `_typeFilter` choose resources and
 * hide nobody, so they leave the Group whole.
 *
 * @param at the job's transactionTime, as of which its cohort is frozen
 */
export function membersToName(
  extraction: Pick<Extraction, 'frozenMembers'>,
  { id, parameters }: Pick<JobRecord, 'id' | 'parameters'>,
  at: string,
): GivenCohort & Pick<Statement, 'setting'> {
  const visible = parameters.scopeFilters?.Patient;
  const { select: sql, setting } = extraction.frozenMembers(id, at, visible);
  return {
    ...{ sql, ...(setting && { setting }) },
    isSubset: parameters.patients !== undefined || visible !== undefined,
  };
}
