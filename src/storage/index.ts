export {
  FILE_STORAGE,
  type ByteRange,
  type FileStorage,
  type StoredFile,
  type StoredFileWriter,
} from './file-storage';
export { InvalidStorageKeyError, StorageIntegrityError } from './storage.errors';
export { openStorage, StorageModule } from './storage.module';
