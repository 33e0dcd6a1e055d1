/** The number is not the next one of the feed. */
export class SequenceError extends Error {
  constructor(
    readonly feed: string,
    readonly expected: bigint,
  ) {
    super(`The next batch of feed ${feed} has the number ${expected}.`);
    this.name = 'SequenceError';
  }
}

/** A batch of this number was taken in already, and its content was another. */
export class OtherContentError extends Error {
  constructor(
    readonly feed: string,
    readonly expected: bigint,
  ) {
    super(
      `Another batch of feed ${feed} was taken in under this number; the next one has the number ${expected}.`,
    );
    this.name = 'OtherContentError';
  }
}

/** The batch as a whole cannot be read; nothing of it was taken in. */
export class UnreadableBatchError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'UnreadableBatchError';
  }
}

/** The batch is larger than a batch may be; nothing of it was taken in. */
export class BatchTooLargeError extends Error {
  constructor(readonly maxBytes: number) {
    super(`A batch may hold ${maxBytes} bytes.`);
    this.name = 'BatchTooLargeError';
  }
}

/** Another writer, such as a load, has been at work for longer than one may wait. */
export class WriterBusyError extends Error {
  constructor() {
    super('Another writer is at work on the store.');
    this.name = 'WriterBusyError';
  }
}
