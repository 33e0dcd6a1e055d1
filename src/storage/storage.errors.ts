/** A key that no driver accepts: it could leave the storage, or is not portable. */
export class InvalidStorageKeyError extends Error {
  constructor() {
    super('A storage key holds only ASCII letters, digits and ._-/ and never leaves its folder.');
    this.name = 'InvalidStorageKeyError';
  }
}
