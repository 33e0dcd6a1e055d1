import { bool, makeValidator, str } from 'envalid';

import { parseEncryptionKeys } from './encryption-keys';
import { parseKeyPrefix } from './values';
import { plain, secret } from './variable';

const encryptionKeys = makeValidator(parseEncryptionKeys);
const keyPrefix = makeValidator(parseKeyPrefix);

/** Variables about where export files lie. */
export const STORAGE_VARIABLES = {
  STORAGE_DRIVER: plain(
    str({
      choices: ['local', 's3'],
      default: 'local',
      desc: 'Where export files lie: local (a folder) or s3 (any S3-compatible object storage).',
    }),
  ),
  STORAGE_DIRECTORY: plain(
    str({
      default: '',
      example: '/var/lib/bulk-data',
      desc: 'local: folder of the export files; shared by all api and worker processes.',
    }),
  ),
  STORAGE_ENCRYPTION_KEYS: secret(
    encryptionKeys({
      default: undefined,
      example: '2026-11:BASE64_OF_32_BYTES',
      desc: 'local: encrypts the files at rest (AES-256-GCM). Comma-separated id:key, the key as `openssl rand -base64 32` prints it. The first key encrypts, all of them decrypt: put a new key in front to rotate, and remove the old one once EXPORT_RETENTION_SECONDS have passed. Files written before keys were set stay readable.',
    }),
  ),
  S3_BUCKET: plain(str({ default: '', desc: 's3: bucket of the export files; it must exist.' })),
  S3_PREFIX: plain(
    keyPrefix({
      default: '',
      example: 'bulk-data',
      desc: 's3: path inside the bucket, so that one bucket can serve several systems.',
    }),
  ),
  S3_REGION: plain(str({ default: 'us-east-1', desc: 's3: region of the bucket.' })),
  S3_ENDPOINT: plain(
    str({
      default: '',
      example: 'https://minio.example.org',
      desc: 's3: URL of an S3-compatible server; empty for AWS.',
    }),
  ),
  S3_PATH_STYLE: plain(
    bool({
      default: false,
      desc: 's3: put the bucket into the path of URLs instead of the host, as most servers other than AWS need it.',
    }),
  ),
  S3_ACCESS_KEY_ID: plain(
    str({
      default: '',
      desc: 's3: access key; empty for the credentials that the platform provides (role, profile, environment of the AWS SDK).',
    }),
  ),
  S3_SECRET_ACCESS_KEY: secret(
    str({ default: undefined, desc: 's3: secret of S3_ACCESS_KEY_ID.' }),
  ),
  S3_SERVER_SIDE_ENCRYPTION: plain(
    str({
      choices: ['', 'AES256', 'aws:kms'],
      default: '',
      desc: 's3: server-side encryption that is asked for with each object; empty leaves it to the bucket.',
    }),
  ),
  S3_KMS_KEY_ID: plain(
    str({ default: '', desc: 's3: key of aws:kms; empty for the default key of the account.' }),
  ),
  S3_CHECKSUMS: plain(
    str({
      choices: ['when_supported', 'when_required'],
      default: 'when_supported',
      desc: 's3: send CRC32 checksums with every upload; when_required for servers that refuse them.',
    }),
  ),
  S3_PRESIGNED_DOWNLOADS: plain(
    bool({
      default: false,
      desc: 's3: manifests list URLs of the storage itself, signed anew each time for 300 s at most, which need no token. Attachments that lead to a Binary still need it. See docs/storage.md.',
    }),
  ),
};
