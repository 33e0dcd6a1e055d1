import type { Duplex } from 'node:stream';

import type { PoolClient, QueryResultRow } from 'pg';

import type { FileLimits } from '@app/ndjson';

import { StatementTimeError } from '../common';
import { setUnlogged } from '../database';
import { CopyQuery, type LineSink } from './copy-query';

/** A setting of the session. */
export interface Setting {
  readonly name: string;
  readonly value: string;
}

/** A copy of the one text column of a query, as lines. */
export interface CopyRequest {
  /** SQL without parameters (COPY takes none); identifiers and literals quoted already. */
  readonly select: string;
  /** A setting that the statement reads values from which must not be in PostgreSQL's log. */
  readonly setting?: Setting | undefined;
  readonly files: LineSink;
  readonly limits: FileLimits;
  /** Told when the statement is sent, on a connection that was waited for. */
  readonly begun?: (() => void) | undefined;
}

const TICK_MILLISECONDS = 1000;

/** The store as it was at one moment: all that is read through this is of the same snapshot. */
export class ClinicalSnapshot {
  constructor(
    private readonly client: PoolClient,
    private readonly signal: AbortSignal,
    private readonly seconds: number,
  ) {}

  /** Rows of a query whose result is small. */
  async query<T extends QueryResultRow>(
    sql: string,
    parameters: readonly unknown[] = [],
  ): Promise<readonly T[]> {
    const { rows } = await this.client.query<T>(sql, [...parameters]);
    return rows;
  }

  /** As ClinicalSource.copyLines. */
  async copy(request: CopyRequest): Promise<void> {
    await runCopy(this.client, request, this.signal, this.seconds);
  }
}

/**
 * Runs a COPY to its end.
 *
 * @param seconds how long PostgreSQL may be waited for, in all; not while the files are
 * @throws the reason of `signal` when it is aborted; StatementTimeError
 */
export async function runCopy(
  client: PoolClient,
  { select, setting, files, limits, begun }: CopyRequest,
  signal: AbortSignal,
  seconds: number,
): Promise<void> {
  const query = new CopyQuery(`copy (${select}) to stdout (format binary)`, files, limits);
  const cut = (): void => {
    query.abort(signal.reason);
  };
  signal.addEventListener('abort', cut, { once: true });
  const clock = countReading(query, seconds);
  try {
    if (setting) await setUnlogged(client, { ...setting, extent: 'session' });
    signal.throwIfAborted();
    begun?.();
    client.query(query);
    await query.done;
  } finally {
    clearInterval(clock);
    signal.removeEventListener('abort', cut);
  }
}

/**
 * PostgreSQL's own statement_timeout would count the time in which a slow disk keeps it waiting, too. So
 * it is asked once a second who is waiting for whom.
 */
function countReading(query: CopyQuery, seconds: number): NodeJS.Timeout {
  let spent = 0;
  return setInterval(() => {
    if (query.isReading && ++spent >= seconds) query.abort(new StatementTimeError());
  }, TICK_MILLISECONDS);
}

/** Ends whatever the client is waiting for; the server notices within a second. */
export function cutConnection(client: PoolClient): void {
  // pg keeps its connection, and that its socket, where the types do not show them.
  const { connection } = client as unknown as { readonly connection: { readonly stream: Duplex } };
  connection.stream.destroy();
}
