/** A line or Bundle entry that is not loaded. `reason` goes to the rejects report: it quotes no content. */
export class InvalidResourceError extends Error {
  constructor(
    readonly reason: string,
    readonly type?: string,
    readonly id?: string,
  ) {
    super(reason);
    this.name = 'InvalidResourceError';
  }
}

/** The load cannot be done at all: nothing was changed by the step that failed. */
export class LoadError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'LoadError';
  }
}

/** The server's clock is behind what is stored; the transaction has to be tried again later. */
export class ClockBehindError extends LoadError {
  constructor() {
    super('The clock is behind the stored versions: nothing is merged.');
    this.name = 'ClockBehindError';
  }
}

/** A file that ends early or cannot be read; what was read before stands. */
export class UnreadableFileError extends Error {
  constructor(cause: unknown) {
    super(`the file cannot be read further: ${cause instanceof Error ? cause.message : 'unknown'}`);
    this.name = 'UnreadableFileError';
    this.cause = cause;
  }
}
