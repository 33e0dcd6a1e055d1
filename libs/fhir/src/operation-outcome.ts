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
  /** The one resource that the issue is about, such as `Goal/1`: no element of R4, but an extension. */
  readonly source?: string | undefined;
}

export interface OperationOutcome {
  readonly resourceType: 'OperationOutcome';
  readonly extension?: readonly object[];
  readonly issue: readonly Omit<OutcomeIssue, 'source'>[];
}

/** Of Bulk Data 4.0's ballot: names a resource that an outcome is about. */
const SOURCE_RESOURCE = 'http://hl7.org/fhir/StructureDefinition/operationoutcome-sourceResource';

/** An OperationOutcome of one or more issues; undefined members are left out of the JSON. */
export function operationOutcome(...issues: readonly OutcomeIssue[]): OperationOutcome {
  const extension = issues.flatMap(({ source }) =>
    source === undefined ? [] : { url: SOURCE_RESOURCE, valueReference: { reference: source } },
  );
  const issue = issues.map(({ severity, code, diagnostics, expression }) => {
    return { severity, code, diagnostics, expression };
  });
  return {
    resourceType: 'OperationOutcome',
    ...(extension.length > 0 && { extension }),
    issue,
  };
}
