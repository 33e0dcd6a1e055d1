export { GROUP_SEARCH_PARAMETERS, type GroupSearchParameterName } from './group-search-parameters';
export { isFhirId } from './ids';
export { formatMicroseconds, parseInstant } from './instant';
export { operationOutcome } from './operation-outcome';
export type { IssueCode, IssueSeverity, OperationOutcome, OutcomeIssue } from './operation-outcome';
export { compartmentPaths, isLinkableType } from './patient-compartment';
export { isR4ResourceType } from './r4-types';
export { parseReference, type LocalReference } from './reference';
export { isResourceType, RESOURCE_TYPES, type ResourceType } from './resource-types';
