import { createSecretKey, randomBytes } from 'node:crypto';

import type { EncryptionKey, S3StorageConfig } from '../../src/config';
import type { S3Server } from './s3-server';

export function encryptionKey(id: string): EncryptionKey {
  return { id, key: createSecretKey(randomBytes(32)) };
}

export function s3Config(
  server: S3Server,
  changes: Partial<S3StorageConfig> = {},
): S3StorageConfig {
  return {
    driver: 's3',
    bucket: server.bucket,
    prefix: 'tests',
    region: 'us-east-1',
    endpoint: server.endpoint,
    pathStyle: true,
    credentials: server.credentials,
    serverSideEncryption: undefined,
    kmsKeyId: undefined,
    checksums: 'when_supported',
    presignedDownloads: false,
    ...changes,
  };
}
