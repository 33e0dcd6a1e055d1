/** Another worker has the part now, or the job is gone: this attempt must change nothing. */
export class OvertakenError extends Error {
  constructor() {
    super('The part is no longer this worker’s.');
    this.name = 'OvertakenError';
  }
}

/** The process is shutting down: the part goes back to the others. */
export class ClosingError extends Error {
  constructor() {
    super('The worker is closing.');
    this.name = 'ClosingError';
  }
}

/** The file storage refused; `cause` says how. */
export class StorageWriteError extends Error {
  constructor(cause: unknown) {
    super('The file storage refused to write.', { cause });
    this.name = 'StorageWriteError';
  }
}

/** The workers that had the part ended without a word, time after time. */
export class LostWorkersError extends Error {
  constructor() {
    super('The workers of the part ended.');
    this.name = 'LostWorkersError';
  }
}
