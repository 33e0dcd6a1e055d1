export type {
  Coding,
  GroupCharacteristic,
  GroupIdentifier,
  GroupRecord,
  GroupSource,
  SqlQuery,
} from './group';
export { GroupDirectory } from './group-directory.service';
export { GroupsModule } from './groups.module';
export { GroupNotFoundError } from './groups.errors';
export type { MembershipSource } from './membership-source';
export { type GroupDefinition, type GroupSummary, PatientLists } from './patient-lists';
