import { S3Client } from '@aws-sdk/client-s3';

import type { S3StorageConfig } from '../config';
import type { FileStorage } from './file-storage';
import { S3Storage } from './s3.storage';

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
