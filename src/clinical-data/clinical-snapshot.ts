import type { Duplex } from 'node:stream';

import type { PoolClient, QueryResultRow } from 'pg';

import type { FileLimits } from '@app/ndjson';

import { CopyQuery, type LineSink } from './copy-query';

/** A copy of the one text column of a query, as lines. */
export interface CopyRequest {
  /** SQL without parameters (COPY takes none); identifiers and literals quoted already. */
  readonly select: string;
  readonly files: LineSink;
  readonly limits: FileLimits;
}

/** The store as it was at one moment: all that is read through this is of the same snapshot. */
export class ClinicalSnapshot {
  constructor(
    private readonly client: PoolClient,
    private readonly signal: AbortSignal,
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
  async copyLines(select: string, files: LineSink, limits: FileLimits): Promise<void> {
    await runCopy(this.client, { select, files, limits }, this.signal);
  }
}

/** Runs a COPY to its end. @throws the reason of `signal` when it is aborted */
export async function runCopy(
  client: PoolClient,
  { select, files, limits }: CopyRequest,
  signal: AbortSignal,
): Promise<void> {
  const query = new CopyQuery(`copy (${select}) to stdout (format binary)`, files, limits);
  const cut = (): void => {
    query.abort(signal.reason);
  };
  signal.addEventListener('abort', cut, { once: true });
  try {
    signal.throwIfAborted();
    client.query(query);
    await query.done;
  } finally {
    signal.removeEventListener('abort', cut);
  }
}

/** Ends whatever the client is waiting for; the server notices within a second. */
export function cutConnection(client: PoolClient): void {
  // pg keeps its connection, and that its socket, where the types do not show them.
  const { connection } = client as unknown as { readonly connection: { readonly stream: Duplex } };
  connection.stream.destroy();
}
