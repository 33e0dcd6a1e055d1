import type { DataSourceOptions } from 'typeorm';

import { KEEP_ALIVE } from '../../../database';

/** What differs between the databases that can be followed. */
export interface Dialect {
  readonly options: (url: string) => DataSourceOptions;
  /** For each session: UTC, and nothing is written. */
  readonly session: readonly string[];
  /** Begins a transaction that sees one state of the database. */
  readonly snapshot: string | undefined;
  /** Asks for its clock, in UTC, as `now`. */
  readonly clock: string;
  /** Earlier than any change. */
  readonly beginning: Date;
  /** An instant as statements compare it. */
  readonly parameter: (instant: Date) => string | Date;
  /** It can tell its oldest running transaction. */
  readonly tellsTransactions: boolean;
}

const iso = (instant: Date): string => instant.toISOString();
const spaced = (instant: Date): string => iso(instant).replace('T', ' ').replace('Z', '');
const CONNECT_MILLISECONDS = 15_000;

const postgres: Dialect = {
  options: (url) => ({
    type: 'postgres',
    url,
    poolSize: 1,
    applicationName: 'ehr-bulk-data feed',
    installExtensions: false,
    extra: {
      ...KEEP_ALIVE,
      // With what the URL says of TLS.
      connectionString: url,
      connectionTimeoutMillis: CONNECT_MILLISECONDS,
      // Everything as PostgreSQL writes it: neither numbers nor JSON lose anything.
      types: { getTypeParser: () => (text: string) => text },
    },
  }),
  session: ["set time zone 'UTC'", 'set default_transaction_read_only = on', 'set jit = off'],
  snapshot: 'begin isolation level repeatable read read only',
  clock: 'select clock_timestamp() as now',
  beginning: new Date('0001-01-01T00:00:00Z'),
  parameter: iso,
  tellsTransactions: true,
};

const mysql: Dialect = {
  options: (url) => ({
    type: 'mysql',
    url,
    poolSize: 1,
    connectTimeout: CONNECT_MILLISECONDS,
    extra: {
      uri: url,
      enableKeepAlive: true,
      // Everything as text, JSON too.
      typeCast: (field: { string: (encoding: string) => string | null }) => field.string('utf8'),
    },
  }),
  session: [
    "set time_zone = '+00:00'",
    'set session transaction read only',
    // A batch is taken in while rows wait to be read.
    'set net_write_timeout = 3600',
    // Aggregated JSON would be cut off without a word.
    'set group_concat_max_len = 67108864',
  ],
  snapshot: 'start transaction with consistent snapshot, read only',
  clock: 'select utc_timestamp(6) as now',
  beginning: new Date('1000-01-01T00:00:00Z'),
  parameter: spaced,
  tellsTransactions: false,
};

const mssql: Dialect = {
  options: (url) => {
    const given = new URL(url).searchParams;
    return {
      type: 'mssql',
      url,
      connectionTimeout: CONNECT_MILLISECONDS,
      requestTimeout: 0,
      options: {
        useUTC: true,
        encrypt: given.get('encrypt') !== 'false',
        trustServerCertificate: given.get('trustServerCertificate') === 'true',
      },
    };
  },
  session: [],
  // Only databases that allow it have them.
  snapshot: undefined,
  clock: 'select sysutcdatetime() as now',
  beginning: new Date('1753-01-01T00:00:00Z'),
  // Without a zone and with three digits both datetime and datetime2 take it.
  parameter: (instant) => iso(instant).replace('Z', ''),
  tellsTransactions: false,
};

const oracle: Dialect = {
  options: (url) => ({ type: 'oracle', url }),
  session: ["alter session set time_zone = 'UTC'"],
  snapshot: 'set transaction read only',
  clock: 'select systimestamp as "now" from dual',
  beginning: new Date('0001-01-01T00:00:00Z'),
  parameter: (instant) => instant,
  tellsTransactions: false,
};

const DIALECTS: Readonly<Record<string, Dialect>> = {
  ...{ 'postgres:': postgres, 'postgresql:': postgres, 'mysql:': mysql, 'mariadb:': mysql },
  ...{ 'mssql:': mssql, 'oracle:': oracle },
};

/** @throws Error for a scheme that the configuration does not allow */
export function dialectOf(url: string): Dialect {
  const dialect = DIALECTS[new URL(url).protocol];
  if (!dialect) throw new Error('FEED_DATABASE_URL is of no database that can be followed.');
  return dialect;
}
