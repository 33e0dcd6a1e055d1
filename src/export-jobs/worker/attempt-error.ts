import { failureFields } from '../../common';

/** What may be told of why an attempt failed: names and codes, for messages of PostgreSQL may quote a row. */
export interface AttemptError {
  readonly error: string;
  readonly code: string | undefined;
  /** Both. */
  readonly text: string;
}

export function attemptError(failure: unknown): AttemptError {
  const { error, code } = failureFields(failure);
  return { error, code, text: code === undefined ? error : `${error} ${code}` };
}
