import type { Config } from './config';
import type { Environment } from './environment';
import { FEED_VARIABLES } from './feed-variables';
import { freeze } from './freeze';
import {
  databaseConfig,
  exportConfig,
  feedsConfig,
  fhirBaseOf,
  limitsConfig,
  packingConfig,
  primaryConfig,
  workerConfig,
} from './sections';
import { type Given, type SettingName, validate } from './validate';

/** The sections that a command asked for, with nothing in them but what it asked for. */
export type CommandConfig = Pick<Config, 'database' | 'resourceTypes' | 'clockSkew'> &
  Partial<Config>;

interface Part {
  readonly names: readonly SettingName[];
  /** Sections, whole or in part. */
  readonly read: (env: Environment) => { readonly [S in keyof Config]?: Partial<Config[S]> };
}

const DATABASE = [
  'DATABASE_URL',
  'DATABASE_POOL_SIZE',
  'DATABASE_RESERVED_CONNECTIONS',
  'DATABASE_CONNECTION_WAIT_SECONDS',
  'DATABASE_LOCK_WAIT_SECONDS',
  'CLOCK_SKEW_SECONDS',
  'RESOURCE_TYPES',
] as const;

/** Settings by what commands use them for. */
const PARTS = {
  database: {
    names: DATABASE,
    // An operator waits for locks, for ever if need be: that is what 0 means to PostgreSQL.
    read: (env) => ({
      database: { ...primaryConfig(env), lockWait: 0 },
      resourceTypes: env.RESOURCE_TYPES,
      clockSkew: env.CLOCK_SKEW_SECONDS,
    }),
  },
  'key-urls': {
    names: ['JWKS_ALLOW_PRIVATE_ADDRESSES'],
    read: (env) => ({ auth: { allowPrivateJwksAddresses: env.JWKS_ALLOW_PRIVATE_ADDRESSES } }),
  },
  'fhir-base': {
    names: ['PUBLIC_URL', 'BASE_PATH'],
    read: (env) => ({ http: { fhirBase: fhirBaseOf(env) } }),
  },
  limits: {
    names: [
      'EXPORT_MAX_RUNNING',
      'EXPORT_MAX_RUNNING_PER_APP',
      'EXPORT_MAX_QUEUED',
      'EXPORT_MAX_QUEUED_PER_APP',
    ],
    read: (env) => ({ limits: limitsConfig(env) }),
  },
  feeds: {
    names: Object.keys(FEED_VARIABLES) as SettingName[],
    read: (env) => ({ feeds: feedsConfig(env) }),
  },
  packing: {
    names: [
      ...DATABASE,
      'CLINICAL_READ_URL',
      'CLINICAL_READ_WAIT_SECONDS',
      'EXPORT_RETENTION_SECONDS',
      'EXPORT_FILE_MAX_BYTES',
      'EXPORT_FILE_MAX_RESOURCES',
      'EXPORT_FILE_ENCODING',
      'EXPORT_PART_TARGET_BYTES',
      'PLANNING_WAIT_SECONDS',
      'EXPORT_STATEMENT_SECONDS',
      'RETRY_AFTER_MAX_SECONDS',
      'BULK_DATA_VERSION',
      'PACKED_SEGMENTS',
      'PACKED_SEGMENTS_SETTLE_SECONDS',
      'PACKED_SEGMENTS_REST_SECONDS',
      'PACKED_SEGMENTS_MEMBER_BYTES',
      'WORKER_CONCURRENCY',
      'PART_LEASE_SECONDS',
      'PART_MAX_ATTEMPTS',
      'FAULTS',
    ],
    // Whoever packs by a command wants everything packed now, however young it is.
    read: (env) => ({
      database: { ...databaseConfig(env), lockWait: 0 },
      export: exportConfig(env),
      packing: { ...packingConfig(env), settle: 0, rest: 0 },
      worker: workerConfig(env),
    }),
  },
} satisfies Readonly<Record<string, Part>>;

/** What a command may use beside the database. */
export type CommandNeed = Exclude<keyof typeof PARTS, 'database'>;

/**
 * Reads the settings that a command uses: the database's, and those that it asks for. Faults of others are
 * none of its business.
 *
 * @throws ConfigurationError listing all faults at once
 */
export function readCommandConfig(
  environment: Given,
  needs: readonly CommandNeed[],
): CommandConfig {
  const parts: readonly Part[] = ['database' as const, ...needs].map((need) => PARTS[need]);
  const env = validate(
    environment,
    parts.flatMap(({ names }) => names),
  );
  const sections = Object.assign({}, ...parts.map(({ read }) => read(env))) as Readonly<
    Record<string, unknown>
  >;
  const strict = Object.entries(sections).map(([name, section]) => [name, onlyGiven(section)]);
  // A section in part is as good as whole: what is not in it cannot be read.
  return Object.freeze(Object.fromEntries(strict)) as CommandConfig;
}

/** Reading a setting that the command has not asked for is a fault of the program, and not undefined. */
function onlyGiven(section: unknown): unknown {
  if (typeof section !== 'object' || section === null) return section;
  return new Proxy(freeze(section), {
    get: (settings, name) => {
      if (!(name in settings)) throw new Error(`A command did not ask for "${String(name)}".`);
      return Reflect.get(settings, name) as unknown;
    },
  });
}
