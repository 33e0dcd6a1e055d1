import type { IssueCode } from '@app/fhir';

/**
 * A search that cannot be evaluated. The message names the parameter, its fault and what is accepted;
 * it never repeats a value, which may be a patient's.
 */
export class UnsupportedSearchError extends Error {
  constructor(
    message: string,
    /** The search parameter at fault, as given; undefined when it is the search as a whole. */
    readonly parameter: string | undefined,
    readonly code: IssueCode,
  ) {
    super(message);
  }
}
