import { setTimeout as delay } from 'node:timers/promises';

import { Inject, Injectable, Logger, type OnModuleDestroy } from '@nestjs/common';
import type { PoolClient } from 'pg';

import { type Config, CONFIG } from '../config';
import type { CopyRequest } from './clinical-snapshot';
import { ClinicalSource } from './clinical-source';
import { CopyPool } from './copy-pool';

const POLL_MILLISECONDS = 100;
/** After a wait in vain the next copies do not wait as well, for so long. */
const IMPATIENT_MILLISECONDS = 30_000;

interface Standby {
  readonly server: string;
  readonly standby: boolean;
  readonly ready: boolean | null;
}

/**
 * Reads from a streaming replica of the primary (`CLINICAL_READ_URL`), when it has everything that an
 * export needs, and never otherwise: it must have replayed the primary's WAL beyond a position that was
 * taken after the export was planned. Then it shows the same versions, and the same frozen cohort, as the
 * primary (MF-03). The position is compared on the connection that copies, for the URL may lead to
 * several replicas.
 */
@Injectable()
export class ReadReplica implements OnModuleDestroy {
  private readonly pool: CopyPool | undefined;
  private readonly logger = new Logger(ReadReplica.name);
  private impatientUntil = 0;

  constructor(
    private readonly source: ClinicalSource,
    @Inject(CONFIG) private readonly config: Config,
  ) {
    const { readUrl } = config.database;
    if (readUrl === undefined) return;
    const limits = {
      max: config.worker.concurrency + 2,
      seconds: config.export.statementTime,
      wait: config.database.connectionWait,
    };
    this.pool = new CopyPool(readUrl, limits, (code) => {
      this.logger.warn({ code }, 'an idle connection to the replica was lost');
    });
  }

  async onModuleDestroy(): Promise<void> {
    await this.pool?.end();
  }

  /**
   * @param position of the primary's WAL, such as `16/B374D848`
   * @returns false when the replica cannot be reached, is none, or is not there in time: nothing was
   *   written, and the primary is to be read
   * @throws the reason of `signal`; any failure once the copy has begun
   */
  async copy(request: CopyRequest, position: string, signal: AbortSignal): Promise<boolean> {
    if (!this.pool) return false;
    const progress = { begun: false };
    try {
      return await this.pool.copy(request, signal, async (client) => {
        progress.begun = await this.caughtUp(client, position, signal);
        return progress.begun;
      });
    } catch (error) {
      signal.throwIfAborted();
      if (progress.begun) throw error;
      this.passOver({ code: (error as { code?: unknown }).code }, 'the replica cannot be asked');
      return false;
    }
  }

  private async caughtUp(
    client: PoolClient,
    position: string,
    signal: AbortSignal,
  ): Promise<boolean> {
    const [primary] = await this.source.query<{ server: string }>(PRIMARY);
    const deadline = performance.now() + this.patience();
    for (;;) {
      const { rows } = await client.query<Standby>(STANDBY, [position]);
      const [state] = rows;
      if (state?.standby !== true || state.server !== primary?.server) {
        return this.passOver({}, 'CLINICAL_READ_URL is no streaming replica of DATABASE_URL');
      }
      if (state.ready === true) return true;
      if (performance.now() >= deadline) return this.passOver({}, 'the replica lags behind');
      await delay(POLL_MILLISECONDS, undefined, { signal });
    }
  }

  private patience(): number {
    return performance.now() < this.impatientUntil ? 0 : this.config.database.readWait * 1000;
  }

  private passOver(details: { readonly code?: unknown }, why: string): false {
    if (performance.now() >= this.impatientUntil) {
      this.logger.warn(details, `${why}: the primary is read instead`);
      this.impatientUntil = performance.now() + IMPATIENT_MILLISECONDS;
    }
    return false;
  }
}

/**
 * The same on a server and its physical copies, for one database and one timeline: what still follows a
 * server that has been replaced shows other data at the same positions.
 */
const server = (timeline: string): string => `(
  select concat_ws('/', c.system_identifier, d.oid, ${timeline})
  from pg_control_system() c, pg_database d where d.datname = current_database())`;

const PRIMARY = `
  select ${server('left(pg_walfile_name(pg_current_wal_insert_lsn()), 8)')} as server`;

const STANDBY = `
  select ${server("(select upper(lpad(to_hex(timeline_id), 8, '0')) from pg_control_checkpoint())")} as server,
         pg_is_in_recovery() as standby, pg_last_wal_replay_lsn() >= $1::pg_lsn as ready`;
