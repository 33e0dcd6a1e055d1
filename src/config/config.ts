import { cleanEnv, EnvMissingError } from 'envalid';

import { embeddedSigningKeys } from './embedded';
import { type Environment, SPECS } from './environment';
import type { Fault } from './faults';
import { httpFaults } from './http-variables';
import { faultsOfStorage, type StorageConfig, storageConfig } from './storage-config';
import { type TrustedIssuer, trustedIssuerFaults, trustedIssuerOf } from './trusted-issuer';
import type { SigningKey } from './values';

/** The service's configuration: validated, typed, frozen. Times are in seconds, sizes in bytes. */
export interface Config {
  readonly role: 'api' | 'worker' | 'all';
  readonly embedded: boolean;
  readonly logLevel: string;
  readonly http: {
    readonly host: string;
    readonly port: number;
    readonly workerPort: number;
    /** Without a trailing slash, as fhirBase. */
    readonly publicUrl: string;
    readonly basePath: string;
    /** publicUrl + basePath: what every URL handed to a client begins with. */
    readonly fhirBase: string;
    /** Of an idle connection, before the next request. */
    readonly keepAlive: number;
    /** For a request to arrive. */
    readonly arrival: number;
    /** Without any byte, in the middle of a request or an answer. */
    readonly stall: number;
    /** Of one app at a time, in each process. */
    readonly downloadsPerApp: number;
  };
  readonly database: {
    readonly url: string;
    readonly poolSize: number;
    /** Connections besides, for what must always be answered. */
    readonly reservedConnections: number;
    /** How long a connection, and how long a lock, is waited for. */
    readonly connectionWait: number;
    readonly lockWait: number;
    /** A streaming replica of `url`, which extraction reads from. */
    readonly readUrl: string | undefined;
    /** How long a part waits for the replica before it reads the primary. */
    readonly readWait: number;
  };
  /** Seconds by which a host's clock may differ from the service's. */
  readonly clockSkew: number;
  /** Undefined: all history is kept. */
  readonly history: { readonly keptDays: number | undefined };
  /** How long a process waits at its start for what it works with. */
  readonly startWait: number;
  readonly redis: {
    readonly url: string;
    readonly prefix: string;
    readonly withoutBrpoplpush: boolean;
  };
  readonly auth: {
    readonly signingKeys: readonly SigningKey[];
    readonly tokenLifetime: number;
    readonly clockSkew: number;
    /** Further URLs that assertions may name as their audience. */
    readonly audiences: readonly string[];
    /** Whether this service has a token endpoint of its own. */
    readonly issuesTokens: boolean;
    readonly trustedIssuer: TrustedIssuer | undefined;
    readonly allowPrivateJwksAddresses: boolean;
  };
  /** The token is undefined while the operators' API is switched off. */
  readonly admin: { readonly token: string | undefined };
  readonly storage: StorageConfig;
  readonly export: {
    readonly retention: number;
    readonly fileMaxBytes: number;
    readonly fileMaxResources: number;
    readonly fileEncoding: 'identity' | 'gzip';
    readonly partTargetBytes: number;
    readonly planningWait: number;
    /** Of one statement, in seconds. */
    readonly statementTime: number;
    readonly retryAfterMax: number;
    /** Of Bulk Data Access: 3.0, which is a superset of 2.0, or the ballot of what comes next. */
    readonly bulkDataVersion: '3.0' | '4.0-ballot';
  };
  /** How many exports there may be at a time; further ones wait, or are refused. */
  readonly limits: {
    readonly running: number;
    readonly runningPerApp: number;
    readonly queued: number;
    readonly queuedPerApp: number;
  };
  /** Ready-made gzip members beside the rows. */
  readonly packing: {
    readonly enabled: boolean;
    readonly settle: number;
    readonly rest: number;
    readonly memberBytes: number;
  };
  readonly worker: {
    readonly concurrency: number;
    readonly lease: number;
    readonly maxAttempts: number;
    /** Failures to rehearse; always empty in production. */
    readonly faults: readonly Fault[];
  };
}

/** The environment does not describe a service that can start; `faults` names every fault. */
export class ConfigurationError extends Error {
  constructor(readonly faults: readonly string[]) {
    super(
      `The configuration has ${faults.length} fault(s):\n${faults.map((f) => `  ${f}`).join('\n')}`,
    );
    this.name = 'ConfigurationError';
  }
}

/**
 * Reads the configuration from environment variables.
 *
 * @throws ConfigurationError listing all faults at once; values of variables are never repeated.
 */
export function readConfig(environment: Readonly<Record<string, string | undefined>>): Config {
  const validated = validate(withEmbeddedDefaults(environment));
  if (validated.FAULTS.length > 0 && !validated.EMBEDDED) {
    throw new ConfigurationError(['FAULTS is for rehearsals only: remove it, or set EMBEDDED.']);
  }
  const fhirBase = `${validated.PUBLIC_URL}${validated.BASE_PATH}`;
  const faults = [...httpFaults(validated), ...trustedIssuerFaults(validated, fhirBase)];
  if (faults.length > 0) throw new ConfigurationError(faults);
  return freeze(toConfig(validated));
}

/** The configuration of this process. */
export function processConfig(): Config {
  return readConfig(process.env);
}

function withEmbeddedDefaults(
  environment: Readonly<Record<string, string | undefined>>,
): Readonly<Record<string, string | undefined>> {
  if (environment['EMBEDDED'] !== 'true' || environment['TOKEN_SIGNING_KEYS']) return environment;
  return { ...environment, TOKEN_SIGNING_KEYS: embeddedSigningKeys() };
}

function validate(environment: Readonly<Record<string, string | undefined>>): Environment {
  const given = Object.fromEntries(Object.entries(environment).filter(([, value]) => value !== ''));
  return cleanEnv(given, SPECS, {
    reporter: ({ errors }) => {
      const faults = Object.entries(errors).map(([name, error]) =>
        error instanceof EnvMissingError ? `${name} is required` : `${name}: ${explain(error)}`,
      );
      faults.push(...faultsOfStorage(given));
      if (faults.length > 0) throw new ConfigurationError(faults);
    },
  });
}

function explain(error: unknown): string {
  const message = error instanceof Error ? error.message : 'is not valid';
  // envalid's own messages repeat the value, which may be a secret.
  return (
    message.replace(/:?\s*"[^"]*"/, '').replace(/^Value not in choices/, 'must be one of') ||
    'is not valid'
  );
}

function toConfig(env: Environment): Config {
  const publicUrl = env.PUBLIC_URL;
  return {
    role: env.ROLE as Config['role'],
    embedded: env.EMBEDDED,
    logLevel: env.LOG_LEVEL,
    http: httpConfig(env),
    database: databaseConfig(env),
    clockSkew: env.CLOCK_SKEW_SECONDS,
    startWait: env.START_WAIT_SECONDS,
    history: { keptDays: env.HISTORY_KEPT_DAYS },
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
      trustedIssuer: trustedIssuerOf(env, `${publicUrl}${env.BASE_PATH}`),
      allowPrivateJwksAddresses: env.JWKS_ALLOW_PRIVATE_ADDRESSES,
    },
    admin: { token: env.ADMIN_TOKEN },
    storage: storageConfig(env),
    export: {
      retention: env.EXPORT_RETENTION_SECONDS,
      fileMaxBytes: env.EXPORT_FILE_MAX_BYTES,
      fileMaxResources: env.EXPORT_FILE_MAX_RESOURCES,
      fileEncoding: env.EXPORT_FILE_ENCODING as Config['export']['fileEncoding'],
      partTargetBytes: env.EXPORT_PART_TARGET_BYTES,
      planningWait: env.PLANNING_WAIT_SECONDS,
      statementTime: env.EXPORT_STATEMENT_SECONDS,
      retryAfterMax: env.RETRY_AFTER_MAX_SECONDS,
      bulkDataVersion: env.BULK_DATA_VERSION as Config['export']['bulkDataVersion'],
    },
    limits: limitsConfig(env),
    packing: {
      enabled: env.PACKED_SEGMENTS,
      settle: env.PACKED_SEGMENTS_SETTLE_SECONDS,
      rest: env.PACKED_SEGMENTS_REST_SECONDS,
      memberBytes: env.PACKED_SEGMENTS_MEMBER_BYTES,
    },
    worker: {
      concurrency: env.WORKER_CONCURRENCY,
      lease: env.PART_LEASE_SECONDS,
      maxAttempts: env.PART_MAX_ATTEMPTS,
      faults: env.FAULTS,
    },
  };
}

function httpConfig(env: Environment): Config['http'] {
  return {
    host: env.HOST,
    port: env.PORT,
    workerPort: env.WORKER_PORT,
    publicUrl: env.PUBLIC_URL,
    basePath: env.BASE_PATH,
    fhirBase: `${env.PUBLIC_URL}${env.BASE_PATH}`,
    keepAlive: env.HTTP_KEEP_ALIVE_SECONDS,
    arrival: env.HTTP_REQUEST_SECONDS,
    stall: env.HTTP_STALL_SECONDS,
    downloadsPerApp: env.DOWNLOADS_MAX_PER_APP,
  };
}

function databaseConfig(env: Environment): Config['database'] {
  return {
    url: env.DATABASE_URL,
    poolSize: env.DATABASE_POOL_SIZE,
    reservedConnections: env.DATABASE_RESERVED_CONNECTIONS,
    connectionWait: env.DATABASE_CONNECTION_WAIT_SECONDS,
    lockWait: env.DATABASE_LOCK_WAIT_SECONDS,
    readUrl: env.CLINICAL_READ_URL,
    readWait: env.CLINICAL_READ_WAIT_SECONDS,
  };
}

function limitsConfig(env: Environment): Config['limits'] {
  return {
    running: env.EXPORT_MAX_RUNNING,
    runningPerApp: env.EXPORT_MAX_RUNNING_PER_APP,
    queued: env.EXPORT_MAX_QUEUED,
    queuedPerApp: env.EXPORT_MAX_QUEUED_PER_APP,
  };
}

function freeze<T extends object>(value: T): T {
  for (const member of Object.values(value)) {
    if (typeof member === 'object' && member !== null) freeze(member as object);
  }
  return Object.freeze(value);
}
