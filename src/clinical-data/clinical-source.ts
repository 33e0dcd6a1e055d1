import { Socket } from 'node:net';
import type { Readable } from 'node:stream';

import { Inject, Injectable, Logger, type OnModuleDestroy } from '@nestjs/common';
import { Pool, type PoolClient, type QueryResultRow } from 'pg';

import type { FileLimits } from '@app/ndjson';

import { type Config, CONFIG } from '../config';
import { ClinicalSnapshot, cutConnection, runCopy } from './clinical-snapshot';
import { CopyQuery, type LineSink } from './copy-query';
import { CopySocket } from './copy-socket';
import { type StreamSink, streamSink } from './stream-sink';

/** The session of an extraction: it can only read, and notices a reader that has gone. */
const SESSION = [
  '-c default_transaction_read_only=on',
  '-c client_connection_check_interval=1000',
  '-c jit=off',
  '-c statement_timeout=0',
].join(' ');

/**
 * Texts that are streamed to clients at a time, in each process: a client may read slowly, and that
 * must not keep extractions waiting. Others wait in line.
 */
const STREAMS = 4;
const NO_LIMITS: FileLimits = { maxBytes: Infinity, maxLines: Infinity };

/** Reads the clinical store (or whatever relations stand in for it), on connections of its own. */
@Injectable()
export class ClinicalSource implements OnModuleDestroy {
  private readonly pool: Pool;
  private readonly streams: Pool;
  private readonly logger = new Logger(ClinicalSource.name);

  constructor(@Inject(CONFIG) config: Config) {
    this.pool = this.open(config, config.worker.concurrency + 2);
    this.streams = this.open(config, STREAMS);
  }

  async onModuleDestroy(): Promise<void> {
    await Promise.all([this.pool.end(), this.streams.end()]);
  }

  /** Rows of a small query. */
  async query<T extends QueryResultRow>(
    sql: string,
    parameters: readonly unknown[] = [],
  ): Promise<readonly T[]> {
    const { rows } = await this.pool.query<T>(sql, [...parameters]);
    return rows;
  }

  /**
   * Rows of a small query that is given up when it takes longer.
   *
   * @throws an error of PostgreSQL (57014) when the time is over
   */
  async queryWithin<T extends QueryResultRow>(
    milliseconds: number,
    sql: string,
    parameters: readonly unknown[],
  ): Promise<readonly T[]> {
    const client = await this.pool.connect();
    let intact = false;
    try {
      await client.query(`begin; set local statement_timeout = ${milliseconds}`);
      const { rows } = await client.query<T>(sql, [...parameters]);
      await client.query('commit');
      intact = true;
      return rows;
    } finally {
      client.release(!intact);
    }
  }

  /**
   * Writes the one text column of `select` as lines to `files`, which stay unfinished. Bytes are
   * never parsed. Memory does not grow with the result or with a row.
   *
   * @param select SQL without parameters (COPY takes none); identifiers and literals quoted already
   * @throws the reason of `signal` when it is aborted, the first failure of PostgreSQL or of writing
   */
  async copyLines(
    select: string,
    files: LineSink,
    limits: FileLimits,
    signal: AbortSignal,
  ): Promise<void> {
    await this.copy(this.pool, { select, files, limits }, signal);
  }

  /**
   * The one text column of `select` as a stream of lines. Memory does not grow with a row. Destroying
   * the stream ends the query; a failure of the query destroys the stream.
   *
   * @param select as for copyLines
   */
  streamLines(select: string): Readable {
    const sink: StreamSink = streamSink();
    this.copy(this.streams, { select, files: sink, limits: NO_LIMITS }, sink.closed).then(
      () => {
        sink.end();
      },
      (error: unknown) => {
        sink.fail(error);
      },
    );
    return sink.stream;
  }

  /**
   * Lets `work` read as often as it likes from one snapshot of the store, on a connection of its own.
   *
   * @throws what `work` throws, or the first failure of PostgreSQL; when `signal` is aborted, anything
   */
  async inSnapshot<T>(
    work: (snapshot: ClinicalSnapshot) => Promise<T>,
    signal: AbortSignal,
  ): Promise<T> {
    return this.withClient(this.pool, signal, async (client) => {
      const cut = (): void => {
        cutConnection(client);
      };
      signal.addEventListener('abort', cut, { once: true });
      try {
        await client.query('begin isolation level repeatable read, read only');
        const result = await work(new ClinicalSnapshot(client, signal));
        await client.query('commit');
        return result;
      } finally {
        signal.removeEventListener('abort', cut);
      }
    });
  }

  private async copy(
    pool: Pool,
    { select, files, limits }: { select: string; files: LineSink; limits: FileLimits },
    signal: AbortSignal,
  ): Promise<void> {
    await this.withClient(pool, signal, (client) =>
      runCopy(
        client,
        new CopyQuery(`copy (${select}) to stdout (format binary)`, files, limits),
        signal,
      ),
    );
  }

  private async withClient<T>(
    pool: Pool,
    signal: AbortSignal,
    work: (client: PoolClient) => Promise<T>,
  ): Promise<T> {
    signal.throwIfAborted();
    const client = await pool.connect();
    // The query reports a lost connection; the client would throw it a second time.
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

  private open(config: Config, max: number): Pool {
    const pool = new Pool({
      connectionString: config.database.url,
      application_name: 'ehr-bulk-data extraction',
      max,
      options: SESSION,
      keepAlive: true,
      stream: socketFor,
    });
    pool.on('error', (error: Error & { code?: string }) => {
      this.logger.warn({ code: error.code }, 'an idle extraction connection was lost');
    });
    return pool;
  }
}

/** TLS puts a socket of its own in front of this one, which is then as good as any. */
function socketFor(config?: { readonly ssl?: unknown }): Socket {
  return config?.ssl ? new Socket() : new CopySocket();
}

function ignore(): void {
  // See its use.
}
