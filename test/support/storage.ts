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

/** Variables of a service that stores its files there. */
export function s3Environment({
  endpoint,
  bucket,
  credentials,
}: S3Server): Readonly<Record<string, string>> {
  return {
    STORAGE_DRIVER: 's3',
    S3_BUCKET: bucket,
    S3_ENDPOINT: endpoint,
    S3_PATH_STYLE: 'true',
    S3_ACCESS_KEY_ID: credentials.accessKeyId,
    S3_SECRET_ACCESS_KEY: credentials.secretAccessKey,
  };
}
