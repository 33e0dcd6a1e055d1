import { Socket } from 'node:net';

import { Pool, type PoolClient, type QueryResult, type QueryResultRow } from 'pg';

import { KEEP_ALIVE } from '../database';
import { type CopyRequest, runCopy } from './clinical-snapshot';
import { CopySocket } from './copy-socket';

/**
 * The session of an extraction: it can only read, and notices a reader that has gone. Parts run beside
 * each other already; what a parallel worker reads would be copied once more on its way to the leader.
 */
const SESSION = [
  '-c default_transaction_read_only=on',
  '-c client_connection_check_interval=1000',
  '-c jit=off',
  '-c max_parallel_workers_per_gather=0',
  '-c statement_timeout=0',
].join(' ');

const ALWAYS = (): Promise<boolean> => Promise.resolve(true);

export interface CopyPoolLimits {
  /** Connections. */
  readonly max: number;
  /** How long a copy may wait for PostgreSQL. */
  readonly seconds: number;
  /** Seconds that a connection is waited for. */
  readonly wait: number;
}

/** Connections that extract: never those of TypeORM. */
export class CopyPool {
  private readonly pool: Pool;
  private readonly seconds: number;

  /** @param onIdleLoss told of the code when a connection is lost that nobody uses */
  constructor(
    url: string,
    { max, seconds, wait }: CopyPoolLimits,
    onIdleLoss: (code: string | undefined) => void,
  ) {
    this.seconds = seconds;
    this.pool = new Pool({
      connectionString: url,
      application_name: 'ehr-bulk-data extraction',
      max,
      connectionTimeoutMillis: wait * 1000,
      options: SESSION,
      ...KEEP_ALIVE,
      stream: socketFor,
    });
    this.pool.on('error', (error: Error & { code?: string }) => {
      onIdleLoss(error.code);
    });
  }

  async query<T extends QueryResultRow>(
    sql: string,
    parameters: readonly unknown[] = [],
  ): Promise<readonly T[]> {
    const { rows } = await this.pool.query<T>(sql, [...parameters]);
    return rows;
  }

  /** The rows of each of several statements without parameters, which are sent together. */
  async queryAll<T extends QueryResultRow>(
    statements: readonly string[],
  ): Promise<readonly (readonly T[])[]> {
    // Of several statements pg gives a list, which its types do not say.
    const results: unknown = await this.pool.query(statements.join(';\n'));
    const all = Array.isArray(results) ? results : [results];
    return (all as readonly QueryResult<T>[]).map(({ rows }) => rows);
  }

  end(): Promise<void> {
    return this.pool.end();
  }

  /**
   * Copies on one connection.
   *
   * @param ready asks on that connection whether it may be read
   * @returns false when it may not: nothing was written
   * @throws the reason of `signal` when it is aborted, the first failure of PostgreSQL or of writing,
   *   StatementTimeError
   */
  copy(
    request: CopyRequest,
    signal: AbortSignal,
    ready: (client: PoolClient) => Promise<boolean> = ALWAYS,
  ): Promise<boolean> {
    return this.withClient(signal, async (client) => {
      if (!(await ready(client))) return false;
      signal.throwIfAborted();
      await runCopy(client, request, signal, this.seconds);
      return true;
    });
  }

  /** Lends `work` a connection. @throws what it throws, or the reason of `signal` */
  async withClient<T>(signal: AbortSignal, work: (client: PoolClient) => Promise<T>): Promise<T> {
    signal.throwIfAborted();
    const client = await this.pool.connect();
    // Whoever uses the connection is told of its loss; the client throws it again, which would end the process.
    client.on('error', ignore);
    let intact = false;
    try {
      signal.throwIfAborted();
      const result = await work(client);
      intact = true;
      return result;
    } finally {
      if (intact) client.off('error', ignore);
      // A connection that failed goes away: its state is not known for certain.
      client.release(!intact);
    }
  }
}

/** TLS puts a socket of its own in front of this one, which is then as good as any. */
function socketFor(config?: { readonly ssl?: unknown }): Socket {
  return config?.ssl ? new Socket() : new CopySocket();
}

function ignore(): void {
  // See its use.
}
