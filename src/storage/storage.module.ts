import { S3Client } from '@aws-sdk/client-s3';
import { Module } from '@nestjs/common';

import {
  type Config,
  CONFIG,
  type LocalStorageConfig,
  type S3StorageConfig,
  type StorageConfig,
} from '../config';
import { CheckedStorage } from './checked-storage';
import { EncryptedStorage } from './encrypted-storage';
import { FILE_STORAGE, type FileStorage } from './file-storage';
import { LocalDiskStorage } from './local-disk.storage';
import { S3Storage } from './s3.storage';

/** The file storage that the configuration names, behind the check of keys. */
@Module({
  providers: [
    {
      provide: FILE_STORAGE,
      inject: [CONFIG],
      useFactory: ({ storage }: Config): FileStorage => new CheckedStorage(driverOf(storage)),
    },
  ],
  exports: [FILE_STORAGE],
})
export class StorageModule {}

function driverOf(config: StorageConfig): FileStorage {
  return config.driver === 's3' ? s3(config) : localDisk(config);
}

function localDisk({ directory, encryptionKeys }: LocalStorageConfig): FileStorage {
  const disk = new LocalDiskStorage(directory);
  const [first, ...others] = encryptionKeys;
  return first ? new EncryptedStorage(disk, [first, ...others]) : disk;
}

/** Time-outs are those of single requests: a storage that hangs must not hold a part for ever. */
export function s3(config: S3StorageConfig): FileStorage {
  const checksums = config.checksums === 'when_required' ? 'WHEN_REQUIRED' : 'WHEN_SUPPORTED';
  const client = new S3Client({
    region: config.region,
    endpoint: config.endpoint,
    forcePathStyle: config.pathStyle,
    // The SDK notes things in it, and the configuration is frozen.
    credentials: config.credentials && { ...config.credentials },
    requestChecksumCalculation: checksums,
    responseChecksumValidation: checksums,
    maxAttempts: 3,
    requestHandler: { connectionTimeout: 5000, socketTimeout: 60_000 },
  });
  return new S3Storage(client, config);
}
