export type {
  Coding,
  GroupCharacteristic,
  GroupIdentifier,
  GroupRecord,
  GroupSource,
  SqlQuery,
} from './group';
export type { GroupAttributes, GroupDefinition, GroupSummary } from './group-definitions';
export { GroupDirectory } from './group-directory.service';
export { GroupsModule } from './groups.module';
export {
  GroupExistsError,
  GroupNotFoundError,
  InvalidCriteriaError,
  InvalidGroupInputError,
  UnknownPatientsError,
  WrongGroupSourceError,
} from './groups.errors';
export type { GivenCohort } from './membership-source';
export { MembershipModule } from './membership.module';
export { type MembershipTerms, PatientLists } from './patient-lists';
export { UnusedRosters } from './roster/unused-rosters.service';
export { periodBound } from './period-bound';
export { SegmentMembers } from './segment/segment-members.service';
export { SegmentSource } from './segment/segment.source';
export { CRITERIA_SCHEMA, CRITERIA_SCHEMA_ID } from './segment/criteria-schema';
