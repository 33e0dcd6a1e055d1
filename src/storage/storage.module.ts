import { Module } from '@nestjs/common';

import { type Config, CONFIG, type LocalStorageConfig, type StorageConfig } from '../config';
import { CheckedStorage } from './checked-storage';
import { EncryptedStorage } from './encrypted-storage';
import { FILE_STORAGE, type FileStorage } from './file-storage';
import { LocalDiskStorage } from './local-disk.storage';

/** The file storage that the configuration names, behind the check of keys. */
@Module({
  providers: [
    {
      provide: FILE_STORAGE,
      inject: [CONFIG],
      useFactory: ({ storage }: Config): Promise<FileStorage> => openStorage(storage),
    },
  ],
  exports: [FILE_STORAGE],
})
export class StorageModule {}

/** The storage that the configuration names; nothing is asked of it yet. */
export async function openStorage(config: StorageConfig): Promise<FileStorage> {
  return new CheckedStorage(await driverOf(config));
}

/** The SDK takes 20 MB of each process that loads it. */
async function driverOf(config: StorageConfig): Promise<FileStorage> {
  if (config.driver === 'local') return localDisk(config);
  const { s3 } = await import('./s3-driver.js');
  return s3(config);
}

function localDisk({ directory, encryptionKeys }: LocalStorageConfig): FileStorage {
  const disk = new LocalDiskStorage(directory);
  return new EncryptedStorage(disk, encryptionKeys);
}
