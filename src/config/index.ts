export { type Config, ConfigurationError, processConfig, readConfig } from './config';
export { CONFIG, ConfigModule } from './config.module';
export { embeddedSigningKeys } from './embedded';
export { envExample } from './env-example';
export type { SigningKey } from './values';
