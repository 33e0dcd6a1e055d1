/** Buckets that a cohort, and every id space, is divided into: parts of an export are ranges of them. */
export const COHORT_BUCKETS = 1024;

/** Buckets `from` to `to`, both included, of 0 to COHORT_BUCKETS - 1. */
export interface BucketRange {
  readonly from: number;
  readonly to: number;
}

export const ALL_BUCKETS: BucketRange = { from: 0, to: COHORT_BUCKETS - 1 };

/** Whose resources a query is about: a share of the frozen cohort of a job. */
export interface CohortShare {
  readonly jobId: string;
  readonly buckets: BucketRange;
  /** Patients who were deleted after `_since` count as members: for what became of their resources. */
  readonly withDeparted?: boolean | undefined;
  /** Whether an earlier export can have ended at `_since`; undefined: the job's record says so. */
  readonly continuesSince?: boolean | undefined;
}

/** True when a share is the whole cohort. */
export function isWholeCohort({ buckets }: CohortShare): boolean {
  return buckets.from === 0 && buckets.to === COHORT_BUCKETS - 1;
}
