import { StorageIntegrityError } from '../../storage';

/** `missing`: not there. `altered`: not what was written. `unreadable`: the storage did not give it. */
export type StoredFileFault = 'missing' | 'altered' | 'unreadable';

/** A file of an export is not in the storage as its record says. The message holds no data. */
export class StoredFileError extends Error {
  constructor(
    readonly fault: StoredFileFault,
    what: string,
    options?: ErrorOptions,
  ) {
    super(`A stored file ${what}.`, options);
    this.name = 'StoredFileError';
  }
}

/** What a failure to read a stored file comes to. */
export function toStoredFileError(error: unknown): StoredFileError {
  if (error instanceof StoredFileError) return error;
  const { code } = error as { readonly code?: unknown };
  if (error instanceof StorageIntegrityError) {
    return new StoredFileError('altered', error.what, { cause: error });
  }
  if (typeof code === 'string' && code.startsWith('Z_')) {
    return new StoredFileError('altered', 'cannot be decompressed', { cause: error });
  }
  return new StoredFileError('unreadable', 'could not be read', { cause: error });
}
