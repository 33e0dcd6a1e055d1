import type { Readable } from 'node:stream';

import { Inject, Injectable, Logger, type OnModuleDestroy } from '@nestjs/common';
import type { QueryResultRow } from 'pg';

import { type FileLimits, NO_LIMITS } from '@app/ndjson';

import { type Config, CONFIG } from '../config';
import { setUnlogged } from '../database';
import {
  ClinicalSnapshot,
  type CopyRequest,
  cutConnection,
  type Setting,
} from './clinical-snapshot';
import { CopyPool } from './copy-pool';
import type { LineSink } from './copy-query';
import { type StreamSink, streamSink } from './stream-sink';

/**
 * Texts that are streamed to clients at a time, in each process: a client may read slowly, and that
 * must not keep extractions waiting. Others wait in line.
 */
const STREAMS = 4;
const UNINTERRUPTED = new AbortController().signal;

/** Reads the clinical store, on connections of its own. */
@Injectable()
export class ClinicalSource implements OnModuleDestroy {
  private readonly pool: CopyPool;
  private readonly streams: CopyPool;
  private readonly logger = new Logger(ClinicalSource.name);

  constructor(@Inject(CONFIG) private readonly config: Config) {
    this.pool = this.open(config, config.worker.concurrency + 3);
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
    return this.pool.query<T>(sql, parameters);
  }

  /** As `query`, for what must not be in PostgreSQL's log: the statement reads it from `setting`. */
  queryWith<T extends QueryResultRow>(setting: Setting, sql: string): Promise<readonly T[]> {
    return this.pool.withClient(UNINTERRUPTED, async (client) => {
      await setUnlogged(client, { ...setting, extent: 'session' });
      return (await client.query<T>(sql)).rows;
    });
  }

  /** See CopyPool.queryAll. */
  queryAll<T extends QueryResultRow>(
    statements: readonly string[],
  ): Promise<readonly (readonly T[])[]> {
    return this.pool.queryAll<T>(statements);
  }

  /**
   * Rows of a small query that is given up when it takes longer.
   *
   * @param setting as for copies
   * @throws an error of PostgreSQL (57014) when the time is over
   */
  async queryWithin<T extends QueryResultRow>(
    milliseconds: number,
    sql: string,
    parameters: readonly unknown[],
    setting?: Setting,
  ): Promise<readonly T[]> {
    return this.pool.withClient(UNINTERRUPTED, async (client) => {
      if (setting) await setUnlogged(client, { ...setting, extent: 'session' });
      await client.query(`begin; set local statement_timeout = ${milliseconds}`);
      const { rows } = await client.query<T>(sql, [...parameters]);
      await client.query('commit');
      return rows;
    });
  }

  /**
   * Writes the one text column of `select` as lines to `files`, which stay unfinished. Bytes are
   * never parsed. Memory does not grow with the result or with a row.
   *
   * @param select SQL without parameters (COPY takes none); identifiers and literals quoted already
   * @throws the reason of `signal` when it is aborted, the first failure of PostgreSQL or of writing;
   *   StatementTimeError when PostgreSQL takes longer than EXPORT_STATEMENT_SECONDS
   */
  async copyLines(
    select: string,
    files: LineSink,
    limits: FileLimits,
    signal: AbortSignal,
  ): Promise<void> {
    await this.copy({ select, files, limits }, signal);
  }

  /** As copyLines. */
  async copy(request: CopyRequest, signal: AbortSignal): Promise<void> {
    await this.pool.copy(request, signal);
  }

  /**
   * The one text column of `select` as a stream of lines. Memory does not grow with a row. Destroying
   * the stream ends the query; a failure of the query destroys the stream.
   *
   * @param select as for copyLines
   */
  streamLines(select: string): Readable {
    const sink: StreamSink = streamSink();
    this.streams.copy({ select, files: sink, limits: NO_LIMITS }, sink.closed).then(
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
    return this.pool.withClient(signal, async (client) => {
      const cut = (): void => {
        cutConnection(client);
      };
      signal.addEventListener('abort', cut, { once: true });
      try {
        await client.query('begin isolation level repeatable read, read only');
        const result = await work(
          new ClinicalSnapshot(client, signal, this.config.export.statementTime),
        );
        await client.query('commit');
        return result;
      } finally {
        signal.removeEventListener('abort', cut);
      }
    });
  }

  private open({ database, export: { statementTime: seconds } }: Config, max: number): CopyPool {
    return new CopyPool(database.url, { max, seconds, wait: database.connectionWait }, (code) => {
      this.logger.warn({ code }, 'an idle extraction connection was lost');
    });
  }
}
