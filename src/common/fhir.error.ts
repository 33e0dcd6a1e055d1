import type { IssueCode } from '@app/fhir';

export interface FhirErrorOptions {
  readonly status: number;
  readonly code: IssueCode;
  /** Names of the parameters (or FHIRPaths) at fault. */
  readonly expression?: readonly string[];
  /** Response headers that go with the failure, such as Retry-After. */
  readonly headers?: Readonly<Record<string, string>>;
  readonly cause?: unknown;
}

/**
 * A failure that the caller is told about: an HTTP status and an OperationOutcome with this message
 * as diagnostics (KR-04). The message must say what to do next and must hold no patient data.
 */
export class FhirError extends Error {
  readonly status: number;
  readonly code: IssueCode;
  readonly expression: readonly string[] | undefined;
  readonly headers: Readonly<Record<string, string>>;

  constructor(diagnostics: string, options: FhirErrorOptions) {
    super(diagnostics, { cause: options.cause });
    this.name = 'FhirError';
    this.status = options.status;
    this.code = options.code;
    this.expression = options.expression;
    this.headers = options.headers ?? {};
  }
}

/** 400: `parameter` has a value that cannot be honoured; `diagnostics` says what is accepted. */
export function invalidParameter(
  parameter: string,
  diagnostics: string,
  code: IssueCode = 'value',
): FhirError {
  return new FhirError(diagnostics, { status: 400, code, expression: [parameter] });
}

/** 404 (KO-15, ST-16): the same words whether the thing never existed or is not the caller's. */
export function notFound(diagnostics: string): FhirError {
  return new FhirError(diagnostics, { status: 404, code: 'not-found' });
}

/** 404 for a resource type of FHIR that this deployment does not serve. */
export function notOffered(type: string): FhirError {
  return new FhirError(
    `${type} is not served here. [base]/metadata lists the resource types that are.`,
    {
      status: 404,
      code: 'not-supported',
    },
  );
}

export function forbidden(diagnostics: string, expression?: readonly string[]): FhirError {
  return new FhirError(diagnostics, { status: 403, code: 'forbidden', expression });
}
