export { type Config, ConfigurationError, processConfig, readConfig } from './config';
export { CONFIG, ConfigModule } from './config.module';
export { embeddedSigningKeys } from './embedded';
export { envExample } from './env-example';
export type { EncryptionKey } from './encryption-keys';
export type { Fault, FaultKind } from './faults';
export type { LocalStorageConfig, S3StorageConfig, StorageConfig } from './storage-config';
export type { TrustedIssuer } from './trusted-issuer';
export type { SigningKey } from './values';
