export { analyzeCohort } from './analyze-cohort';
export type { CohortBucket } from './bucket-weights';
export { CohortEstimates, type EstimatedType, type TypeEstimate } from './cohort-estimates.service';
export {
  ALL_BUCKETS,
  type BucketRange,
  COHORT_BUCKETS,
  type CohortShare,
  isWholeCohort,
} from './cohort-share';
export { CohortModule } from './cohort.module';
export { type Cohort, forgetCohort, freezeCohort, type Query, sampleCohort } from './freeze-cohort';
export {
  allMembers,
  bucketOfId,
  continuesEarlierExport,
  departedMembers,
  frozenGroup,
  hasMemberBetween,
  inBuckets,
  isInCohort,
  isOutsideCohort,
  joinCohort,
  joinMembers,
  members,
  type Membership,
  ownedByMembers,
} from './members';
export { forgetRecorded, patientNumber, recordCohort, recordedWith } from './recorded-cohort';
export { deletedPatients, everyone } from './patients-at';
