export { type Config, ConfigurationError, processConfig, readConfig } from './config';
export { CONFIG, ConfigModule } from './config.module';
export { embeddedSigningKeys } from './embedded';
export { envExample } from './env-example';
export type { Fault, FaultKind } from './faults';
export type { SigningKey } from './values';
