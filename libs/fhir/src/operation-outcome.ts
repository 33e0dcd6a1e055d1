/** Issue codes that the service uses, from http://hl7.org/fhir/ValueSet/issue-type (R4). */
export type IssueCode =
  | 'invalid'
  | 'structure'
  | 'required'
  | 'value'
  | 'login'
  | 'expired'
  | 'forbidden'
  | 'processing'
  | 'not-supported'
  | 'not-found'
  | 'conflict'
  | 'too-long'
  | 'exception'
  | 'too-costly'
  | 'transient'
  | 'throttled'
  | 'incomplete'
  | 'informational';

export type IssueSeverity = 'fatal' | 'error' | 'warning' | 'information';

export interface OutcomeIssue {
  readonly severity: IssueSeverity;
  readonly code: IssueCode;
  readonly diagnostics?: string;
  /** What the issue is about: a parameter's name, or a FHIRPath. */
  readonly expression?: readonly string[];
}

export interface OperationOutcome {
  readonly resourceType: 'OperationOutcome';
  readonly issue: readonly OutcomeIssue[];
}

/** An OperationOutcome of one or more issues; undefined members are left out of the JSON. */
export function operationOutcome(...issue: readonly OutcomeIssue[]): OperationOutcome {
  return { resourceType: 'OperationOutcome', issue };
}
