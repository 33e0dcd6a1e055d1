/**
 * The server that is followed does not do as it should. The code is what is logged: it holds nothing that
 * the server has said.
 */
export class SourceServerError extends Error {
  readonly code: string;

  constructor(problem: string, options?: ErrorOptions) {
    super(problem, options);
    this.name = 'SourceServerError';
    this.code = problem;
  }
}

/** An export of the server cannot be read to its end; another one has to be started. */
export class LostExportError extends SourceServerError {
  /** @param isGone it was there and is not any more, as when it expires: not a failure by itself */
  constructor(
    problem: string,
    readonly isGone: boolean,
    options?: ErrorOptions,
  ) {
    super(problem, options);
    this.name = 'LostExportError';
  }
}
