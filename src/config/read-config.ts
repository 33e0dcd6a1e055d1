import type { Config } from './config';
import { ConfigurationError } from './configuration.error';
import { embeddedFaults, embeddedSigningKeys } from './embedded';
import type { Environment } from './environment';
import { followerFaults, followersConfig } from './followers-config';
import { freeze } from './freeze';
import { httpFaults } from './http-variables';
import {
  databaseConfig,
  exportConfig,
  fhirBaseOf,
  feedsConfig,
  httpConfig,
  limitsConfig,
  packingConfig,
  workerConfig,
} from './sections';
import { shownSettings } from './shown-settings';
import { faultsOfStorage, storageConfig } from './storage-config';
import { trustedIssuerFaults, trustedIssuerOf } from './trusted-issuer';
import { type Given, validate } from './validate';

/**
 * Reads the configuration from environment variables.
 *
 * @throws ConfigurationError listing all faults at once; values of variables are never repeated.
 */
export function readConfig(environment: Given): Config {
  const validated = validate(withEmbeddedDefaults(environment), undefined, faultsOfStorage);
  const faults = [
    ...embeddedFaults(validated),
    ...followerFaults(validated),
    ...httpFaults(validated),
    ...trustedIssuerFaults(validated, fhirBaseOf(validated)),
  ];
  if (faults.length > 0) throw new ConfigurationError(faults);
  return freeze(toConfig(validated));
}

function withEmbeddedDefaults(environment: Given): Given {
  if (environment['EMBEDDED'] !== 'true' || environment['TOKEN_SIGNING_KEYS']) return environment;
  return { ...environment, TOKEN_SIGNING_KEYS: embeddedSigningKeys() };
}

function toConfig(env: Environment): Config {
  return {
    role: env.ROLE as Config['role'],
    embedded: env.EMBEDDED,
    demo: { clientFile: env.DEMO_CLIENT_FILE },
    logLevel: env.LOG_LEVEL,
    http: httpConfig(env),
    database: databaseConfig(env),
    resourceTypes: env.RESOURCE_TYPES,
    clockSkew: env.CLOCK_SKEW_SECONDS,
    startWait: env.START_WAIT_SECONDS,
    history: { keptDays: env.HISTORY_KEPT_DAYS },
    ownGroups: { keptDays: env.OWN_GROUPS_KEPT_DAYS },
    audit: { keptDays: env.AUDIT_KEPT_DAYS },
    redis: {
      url: env.REDIS_URL,
      prefix: env.REDIS_PREFIX,
      withoutBrpoplpush: env.REDIS_WITHOUT_BRPOPLPUSH,
    },
    auth: {
      signingKeys: env.TOKEN_SIGNING_KEYS,
      tokenLifetime: env.TOKEN_LIFETIME_SECONDS,
      clockSkew: env.ASSERTION_CLOCK_SKEW_SECONDS,
      audiences: env.ASSERTION_AUDIENCES,
      issuesTokens: env.TOKEN_ENDPOINT_ENABLED,
      trustedIssuer: trustedIssuerOf(env, fhirBaseOf(env)),
      allowPrivateJwksAddresses: env.JWKS_ALLOW_PRIVATE_ADDRESSES,
    },
    admin: { token: env.ADMIN_TOKEN },
    shown: shownSettings(env),
    sandbox: env.SANDBOX,
    storage: storageConfig(env),
    export: exportConfig(env),
    feeds: feedsConfig(env),
    followers: followersConfig(env),
    limits: limitsConfig(env),
    packing: packingConfig(env),
    worker: workerConfig(env),
  };
}
