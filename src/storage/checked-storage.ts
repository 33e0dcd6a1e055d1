import type {
  ByteRange,
  FileStorage,
  PresignOptions,
  StoredFile,
  StoredFileWriter,
} from './file-storage';
import { InvalidStorageKeyError } from './storage.errors';

const SEGMENT = /^(?!\.)[A-Za-z0-9._-]{1,128}$/;

/** Puts the check of keys in front of any driver, so that no driver can forget it. */
export class CheckedStorage implements FileStorage {
  readonly encrypts: boolean;

  constructor(private readonly driver: FileStorage) {
    this.encrypts = driver.encrypts;
  }

  async create(key: string): Promise<StoredFileWriter> {
    return this.driver.create(checked(key));
  }

  async open(key: string, range?: ByteRange, encrypted?: boolean): Promise<StoredFile | undefined> {
    return this.driver.open(checked(key), range, encrypted);
  }

  async list(prefix: string): Promise<readonly string[]> {
    return this.driver.list(checked(prefix));
  }

  async remove(key: string): Promise<void> {
    return this.driver.remove(checked(key));
  }

  async removePrefix(prefix: string): Promise<void> {
    return this.driver.removePrefix(checked(prefix));
  }

  async removeUnpublished(prefix: string, abandoned: (key: string) => boolean): Promise<void> {
    return this.driver.removeUnpublished(checked(prefix), abandoned);
  }

  async folders(prefix: string): Promise<readonly string[]> {
    return this.driver.folders(checked(prefix));
  }

  async lastModified(prefix: string): Promise<Date | undefined> {
    return this.driver.lastModified(checked(prefix));
  }

  async presign(key: string, options: PresignOptions): Promise<string | undefined> {
    return this.driver.presign(checked(key), options);
  }
}

function checked(key: string): string {
  if (!key.split('/').every((segment) => SEGMENT.test(segment))) throw new InvalidStorageKeyError();
  return key;
}
