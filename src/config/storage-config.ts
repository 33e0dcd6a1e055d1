import type { EncryptionKey } from './encryption-keys';
import type { Environment } from './environment';

/** Where export files lie. */
export type StorageConfig = LocalStorageConfig | S3StorageConfig;

export interface LocalStorageConfig {
  readonly driver: 'local';
  readonly directory: string;
  /** The first encrypts, all decrypt; none: files are not encrypted. */
  readonly encryptionKeys: readonly EncryptionKey[];
}

export interface S3StorageConfig {
  readonly driver: 's3';
  readonly bucket: string;
  /** Path inside the bucket, without slashes at its ends; empty for none. */
  readonly prefix: string;
  readonly region: string;
  /** Undefined for AWS itself. */
  readonly endpoint: string | undefined;
  readonly pathStyle: boolean;
  /** Undefined: those that the platform provides. */
  readonly credentials:
    | { readonly accessKeyId: string; readonly secretAccessKey: string }
    | undefined;
  readonly serverSideEncryption: 'AES256' | 'aws:kms' | undefined;
  readonly kmsKeyId: string | undefined;
  readonly checksums: 'when_supported' | 'when_required';
  /** Manifests list URLs of the storage itself, which need no token. */
  readonly presignedDownloads: boolean;
}

type Given = Readonly<Record<string, string | undefined>>;

/** What single variables cannot tell: which of them the driver needs, and which contradict. */
export function faultsOfStorage(given: Given): string[] {
  return given['STORAGE_DRIVER'] === 's3' ? s3Faults(given) : localFaults(given);
}

function localFaults(given: Given): string[] {
  const faults = [];
  if (!given['STORAGE_DIRECTORY']) faults.push('STORAGE_DIRECTORY is required by the driver local');
  if (given['S3_SECRET_ACCESS_KEY']) {
    faults.push('S3_SECRET_ACCESS_KEY: is for STORAGE_DRIVER=s3; remove it');
  }
  if (/^(true|t|yes|on|1)$/.test(given['S3_PRESIGNED_DOWNLOADS'] ?? '')) {
    faults.push('S3_PRESIGNED_DOWNLOADS: is for STORAGE_DRIVER=s3; remove it');
  }
  return faults;
}

function s3Faults(given: Given): string[] {
  const faults = [];
  if (!given['S3_BUCKET']) faults.push('S3_BUCKET is required by the driver s3');
  if (!given['S3_ACCESS_KEY_ID'] !== !given['S3_SECRET_ACCESS_KEY']) {
    faults.push('S3_ACCESS_KEY_ID and S3_SECRET_ACCESS_KEY go together: set both or neither');
  }
  if (given['S3_KMS_KEY_ID'] && given['S3_SERVER_SIDE_ENCRYPTION'] !== 'aws:kms') {
    faults.push('S3_KMS_KEY_ID: needs S3_SERVER_SIDE_ENCRYPTION=aws:kms');
  }
  if (given['STORAGE_ENCRYPTION_KEYS']) {
    faults.push('STORAGE_ENCRYPTION_KEYS: is for the driver local; use S3_SERVER_SIDE_ENCRYPTION');
  }
  const endpoint = given['S3_ENDPOINT'];
  if (endpoint && !/^https?:\/\/[^/?#]+\/?$/.test(endpoint)) {
    faults.push('S3_ENDPOINT: must be an http or https URL without a path');
  }
  return faults;
}

/** @param env validated, without the faults above */
export function storageConfig(env: Environment): StorageConfig {
  if (env.STORAGE_DRIVER === 's3') return s3Config(env);
  return {
    driver: 'local',
    directory: env.STORAGE_DIRECTORY,
    encryptionKeys: givenKeys(env.STORAGE_ENCRYPTION_KEYS),
  };
}

/** envalid's type does not know that a variable without a value is undefined. */
function givenKeys(keys: readonly EncryptionKey[] | undefined): readonly EncryptionKey[] {
  return keys ?? [];
}

function s3Config(env: Environment): S3StorageConfig {
  const secretAccessKey = env.S3_SECRET_ACCESS_KEY;
  const encryption = env.S3_SERVER_SIDE_ENCRYPTION as '' | 'AES256' | 'aws:kms';
  return {
    driver: 's3',
    bucket: env.S3_BUCKET,
    prefix: env.S3_PREFIX,
    region: env.S3_REGION,
    endpoint: env.S3_ENDPOINT || undefined,
    pathStyle: env.S3_PATH_STYLE,
    credentials: secretAccessKey
      ? { accessKeyId: env.S3_ACCESS_KEY_ID, secretAccessKey }
      : undefined,
    serverSideEncryption: encryption || undefined,
    kmsKeyId: env.S3_KMS_KEY_ID || undefined,
    checksums: env.S3_CHECKSUMS as S3StorageConfig['checksums'],
    presignedDownloads: env.S3_PRESIGNED_DOWNLOADS,
  };
}
