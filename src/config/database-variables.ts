import { plain, positive, postgresUrl, seconds, secret, timeout } from './variable';

/** Variables about the connections to PostgreSQL, and about waiting for it. */
export const DATABASE_VARIABLES = {
  DATABASE_URL: secret(
    postgresUrl({
      example: 'postgres://bulk:PASSWORD@db.example.org:5432/bulk',
      desc: 'PostgreSQL (15 or newer, UTF8) that holds the jobs and, by default, the clinical store. A pooler in between must keep sessions: the service sets them up and prepares statements.',
    }),
  ),
  DATABASE_POOL_SIZE: plain(
    positive({
      default: 10,
      desc: 'Connections per process for everything but extraction and what has connections of its own.',
    }),
  ),
  DATABASE_RESERVED_CONNECTIONS: plain(
    positive({
      default: 4,
      desc: 'Connections per process beside DATABASE_POOL_SIZE, for what must be answered when all others are taken: health, tokens, status polls, downloads, DELETE, and the leases of workers.',
    }),
  ),
  DATABASE_CONNECTION_WAIT_SECONDS: plain(
    timeout({
      default: 10,
      desc: 'How long a request waits for a connection to PostgreSQL, a new one or a free one of the pool, before it is answered 503.',
    }),
  ),
  DATABASE_LOCK_WAIT_SECONDS: plain(
    timeout({
      default: 5,
      desc: 'How long a statement waits for a lock that another transaction holds, before its request is answered 503.',
    }),
  ),
  CLOCK_SKEW_SECONDS: plain(
    seconds({
      default: 30,
      desc: "How far the clock of a process's host may differ from the service's, which PostgreSQL keeps. Beyond that the process is not ready, and destroys nothing: docs/reliability.md.",
    }),
  ),
  START_WAIT_SECONDS: plain(
    seconds({
      default: 60,
      desc: 'How long a process that starts waits for PostgreSQL and Redis to answer before it ends with an error.',
    }),
  ),
} as const;
