export { keptMembers, type RootElement, rootElements } from './elements';
export { fhirXml } from './fhir-xml';
export {
  EXPORT_PARAMETERS,
  exportParameter,
  type ExportParameter,
  type ExportParameterName,
} from './export-parameters';
export { GROUP_SEARCH_PARAMETERS, type GroupSearchParameterName } from './group-search-parameters';
export { isFhirId } from './ids';
export { formatMicroseconds, parseInstant } from './instant';
export { operationOutcome } from './operation-outcome';
export type { IssueCode, IssueSeverity, OperationOutcome, OutcomeIssue } from './operation-outcome';
export { isLinkMember, mayBeLink } from './links';
export { compartmentPaths, isLinkableType } from './patient-compartment';
export { isR4ResourceType } from './r4-types';
export { quoted, shown } from './quoted';
export { parseReference, type LocalReference } from './reference';
export {
  isResourceType,
  OFFERED_BY_DEFAULT,
  RESOURCE_TYPES,
  type ResourceType,
} from './resource-types';
