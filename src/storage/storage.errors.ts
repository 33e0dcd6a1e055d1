/** A key that no driver accepts: it could leave the storage, or is not portable. */
export class InvalidStorageKeyError extends Error {
  constructor() {
    super('A storage key holds only ASCII letters, digits and ._-/ and never leaves its folder.');
    this.name = 'InvalidStorageKeyError';
  }
}

/** A stored file is not what was written: cut short, or changed. */
export class StorageIntegrityError extends Error {
  /** @param what completes "A stored file …" */
  constructor(readonly what: string) {
    super(`A stored file ${what}.`);
    this.name = 'StorageIntegrityError';
  }
}
