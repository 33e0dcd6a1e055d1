import { Inject, Injectable, Logger, type OnModuleDestroy } from '@nestjs/common';
import { Pool, type QueryResultRow } from 'pg';

import type { FileLimits, NdjsonFiles } from '@app/ndjson';

import { type Config, CONFIG } from '../config';
import { CopyQuery } from './copy-query';

/** The session of an extraction: it can only read, and notices a reader that has gone. */
const SESSION = [
  '-c default_transaction_read_only=on',
  '-c client_connection_check_interval=1000',
  '-c jit=off',
  '-c statement_timeout=0',
].join(' ');

/** Reads the clinical store (or whatever relations stand in for it), on connections of its own. */
@Injectable()
export class ClinicalSource implements OnModuleDestroy {
  private readonly pool: Pool;
  private readonly logger = new Logger(ClinicalSource.name);

  constructor(@Inject(CONFIG) config: Config) {
    this.pool = new Pool({
      connectionString: config.database.url,
      application_name: 'ehr-bulk-data extraction',
      max: config.worker.concurrency + 2,
      options: SESSION,
      keepAlive: true,
    });
    this.pool.on('error', (error: Error & { code?: string }) => {
      this.logger.warn({ code: error.code }, 'an idle extraction connection was lost');
    });
  }

  async onModuleDestroy(): Promise<void> {
    await this.pool.end();
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
   * Writes the one text column of `select` as lines to `files`, which stay unfinished. Bytes are
   * never parsed. Memory does not grow with the result or with a row.
   *
   * @param select SQL without parameters (COPY takes none); identifiers and literals quoted already
   * @throws the reason of `signal` when it is aborted, the first failure of PostgreSQL or of writing
   */
  async copyLines(
    select: string,
    files: NdjsonFiles,
    limits: FileLimits,
    signal: AbortSignal,
  ): Promise<void> {
    signal.throwIfAborted();
    const client = await this.pool.connect();
    const query = new CopyQuery(`copy (${select}) to stdout (format binary)`, files, limits);
    const cut = (): void => {
      query.abort(signal.reason);
    };
    // The query reports a lost connection; the client would throw it a second time.
    client.on('error', ignore);
    signal.addEventListener('abort', cut, { once: true });
    let intact = false;
    try {
      signal.throwIfAborted();
      client.query(query);
      await query.done;
      intact = true;
    } finally {
      signal.removeEventListener('abort', cut);
      if (intact) client.off('error', ignore);
      // A connection that failed goes away: its state is not known for certain.
      client.release(!intact);
    }
  }
}

function ignore(): void {
  // See its use.
}
