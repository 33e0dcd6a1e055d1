import type { Config } from './config';
import type { Environment } from './environment';

/** The sections of the configuration, from validated variables. */
export function fhirBaseOf(env: Environment): string {
  return `${env.PUBLIC_URL}${env.BASE_PATH}`;
}

export function httpConfig(env: Environment): Config['http'] {
  return {
    host: env.HOST,
    port: env.PORT,
    workerPort: env.WORKER_PORT,
    adminPort: env.ADMIN_PORT,
    publicUrl: env.PUBLIC_URL,
    basePath: env.BASE_PATH,
    fhirBase: fhirBaseOf(env),
    keepAlive: env.HTTP_KEEP_ALIVE_SECONDS,
    arrival: env.HTTP_REQUEST_SECONDS,
    stall: env.HTTP_STALL_SECONDS,
    downloadsPerApp: env.DOWNLOADS_MAX_PER_APP,
  };
}

export function databaseConfig(env: Environment): Config['database'] {
  return {
    ...primaryConfig(env),
    readUrl: env.CLINICAL_READ_URL,
    readWait: env.CLINICAL_READ_WAIT_SECONDS,
  };
}

export function primaryConfig(env: Environment): Omit<Config['database'], 'readUrl' | 'readWait'> {
  return {
    url: env.DATABASE_URL,
    poolSize: env.DATABASE_POOL_SIZE,
    reservedConnections: env.DATABASE_RESERVED_CONNECTIONS,
    connectionWait: env.DATABASE_CONNECTION_WAIT_SECONDS,
    lockWait: env.DATABASE_LOCK_WAIT_SECONDS,
  };
}

export function feedsConfig(env: Environment): Config['feeds'] {
  return {
    sources: env.SOURCE_FEEDS,
    sourceWait: env.SOURCE_WAIT_SECONDS,
    spoolDirectory: env.FEED_SPOOL_DIRECTORY || undefined,
    batchMaxBytes: env.FEED_BATCH_MAX_BYTES,
    batchMaxContentBytes: env.FEED_BATCH_MAX_CONTENT_BYTES,
    lineMaxBytes: env.FEED_LINE_MAX_BYTES,
    hasFhirWrites: env.FHIR_WRITES,
    resourceMaxBytes: env.FHIR_WRITE_MAX_BYTES,
    bundleMaxEntries: env.FHIR_WRITE_MAX_ENTRIES,
    writerPatience: env.FEED_WRITER_WAIT_SECONDS,
  };
}

export function limitsConfig(env: Environment): Config['limits'] {
  return {
    running: env.EXPORT_MAX_RUNNING,
    runningPerApp: env.EXPORT_MAX_RUNNING_PER_APP,
    queued: env.EXPORT_MAX_QUEUED,
    queuedPerApp: env.EXPORT_MAX_QUEUED_PER_APP,
  };
}

export function exportConfig(env: Environment): Config['export'] {
  return {
    retention: env.EXPORT_RETENTION_SECONDS,
    fileMaxBytes: env.EXPORT_FILE_MAX_BYTES,
    fileMaxResources: env.EXPORT_FILE_MAX_RESOURCES,
    fileEncoding: env.EXPORT_FILE_ENCODING as Config['export']['fileEncoding'],
    partTargetBytes: env.EXPORT_PART_TARGET_BYTES,
    planningWait: env.PLANNING_WAIT_SECONDS,
    statementTime: env.EXPORT_STATEMENT_SECONDS,
    retryAfterMax: env.RETRY_AFTER_MAX_SECONDS,
    bulkDataVersion: env.BULK_DATA_VERSION as Config['export']['bulkDataVersion'],
  };
}

export function packingConfig(env: Environment): Config['packing'] {
  return {
    enabled: env.PACKED_SEGMENTS,
    settle: env.PACKED_SEGMENTS_SETTLE_SECONDS,
    rest: env.PACKED_SEGMENTS_REST_SECONDS,
    memberBytes: env.PACKED_SEGMENTS_MEMBER_BYTES,
  };
}

export function workerConfig(env: Environment): Config['worker'] {
  return {
    concurrency: env.WORKER_CONCURRENCY,
    lease: env.PART_LEASE_SECONDS,
    maxAttempts: env.PART_MAX_ATTEMPTS,
    faults: env.FAULTS,
  };
}
