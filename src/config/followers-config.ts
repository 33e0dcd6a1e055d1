import type { Config } from './config';
import type { Environment } from './environment';

/** The section of the followers, from validated variables. */
export function followersConfig(env: Environment): Config['followers'] {
  return {
    batchRows: env.FEED_BATCH_ROWS,
    compare: env.FEED_COMPARE_SECONDS,
    maxDeletedPercent: env.FEED_MAX_DELETED_PERCENT,
    database: databaseSource(env),
    fhir: fhirSource(env),
  };
}

/** What is set in part only, or twice. */
export function followerFaults(env: Environment): readonly string[] {
  const hasDatabase = Boolean(env.FEED_DATABASE_URL);
  const hasServer = Boolean(env.FEED_FHIR_URL);
  const hasId = Boolean(env.FEED_FHIR_CLIENT_ID);
  const hasKey = Boolean(env.FEED_FHIR_KEY_FILE);
  return [
    ...(hasDatabase && env.FEED_DATABASE_FOLDER === ''
      ? ['FEED_DATABASE_FOLDER is required with FEED_DATABASE_URL']
      : []),
    ...(hasId === hasKey
      ? []
      : ['FEED_FHIR_CLIENT_ID and FEED_FHIR_KEY_FILE must be set together']),
    ...(hasDatabase && hasServer && env.FEED_DATABASE_NAME === env.FEED_FHIR_NAME
      ? ['FEED_FHIR_NAME must not be FEED_DATABASE_NAME']
      : []),
    ...(env.ROLE === 'feed' && !hasDatabase && !hasServer
      ? ['ROLE=feed has no source: set FEED_DATABASE_URL or FEED_FHIR_URL']
      : []),
  ];
}

function databaseSource(env: Environment): Config['followers']['database'] {
  const url = env.FEED_DATABASE_URL;
  if (!url) return undefined;
  return {
    url,
    feed: env.FEED_DATABASE_NAME,
    poll: env.FEED_POLL_SECONDS,
    folder: env.FEED_DATABASE_FOLDER,
    overlap: env.FEED_DATABASE_OVERLAP_SECONDS,
    clockSkew: env.FEED_DATABASE_CLOCK_SKEW_SECONDS,
    watermark: env.FEED_DATABASE_WATERMARK as 'transactions' | 'overlap',
  };
}

function fhirSource(env: Environment): Config['followers']['fhir'] {
  const { FEED_FHIR_URL: url, FEED_FHIR_CLIENT_ID: id, FEED_FHIR_KEY_FILE: keyFile } = env;
  if (!url) return undefined;
  return {
    url,
    feed: env.FEED_FHIR_NAME,
    poll: env.FEED_FHIR_POLL_SECONDS,
    client: id && keyFile ? { id, keyFile, scope: env.FEED_FHIR_SCOPE } : undefined,
    readBy: env.FEED_FHIR_READ_BY as 'auto' | 'export' | 'search',
    operation: env.FEED_FHIR_EXPORT,
    types: env.FEED_FHIR_TYPES,
    overlap: env.FEED_FHIR_OVERLAP_SECONDS,
    pageSize: env.FEED_FHIR_PAGE_SIZE,
    isCompared: env.FEED_FHIR_COMPARE,
    exportWait: env.FEED_FHIR_EXPORT_WAIT_SECONDS,
  };
}
