import { setTimeout as delay } from 'node:timers/promises';

import { Inject, Injectable } from '@nestjs/common';

import { type Config, CONFIG } from '../config';
import { ClinicalSource } from './clinical-source';

const POLL_MILLISECONDS = 50;
/** `xid`, a full transaction id as text, in the 32 bits that locks and activities show. */
const SHORT_XID = '(xid::numeric % 4294967296)::text';

/** No instant can be promised yet: a writer that cannot be dated is still at work. */
export class UnsettledWritersError extends Error {
  constructor() {
    super('Write transactions that began earlier are still open, and their start is not known.');
    this.name = 'UnsettledWritersError';
  }
}

/**
 * Chooses the `transactionTime` of an export: an instant at which the store is settled (MF-01 to
 * MF-03).
 *
 * A writer takes `last_updated` after its transaction has an id. So every version with
 * `last_updated <= T` was written by a transaction that had its id before T passed, and once all
 * transactions that were running just after T have ended, every such version is visible to all later
 * readers. T is the millisecond before the present one, so that a writer who cuts its clock to
 * milliseconds cannot fall onto T from a later moment.
 */
@Injectable()
export class TransactionTimes {
  constructor(
    private readonly source: ClinicalSource,
    @Inject(CONFIG) private readonly config: Config,
  ) {}

  /**
   * Waits for older writers, at most PLANNING_WAIT_SECONDS, then steps back to before the oldest.
   *
   * @returns a UTC instant with milliseconds, such as 2026-01-31T12:00:00.000Z
   * @throws UnsettledWritersError when the oldest writer's start cannot be known: it is a prepared
   *   transaction, or of another role and ours is no member of pg_read_all_stats
   */
  async choose(signal: AbortSignal): Promise<string> {
    const { time, running } = await this.present();
    const deadline = Date.now() + this.config.export.planningWait * 1000;
    let open = await this.stillRunning(running);
    while (open.length > 0 && Date.now() < deadline) {
      await delay(POLL_MILLISECONDS, undefined, { signal });
      open = await this.stillRunning(open);
    }
    return open.length === 0 ? time : this.before(open, time);
  }

  private async present(): Promise<{ time: string; running: readonly string[] }> {
    // Two statements: the list of running transactions must be taken after the clock was read.
    const [clock] = await this.source.query<{ time: string }>(
      `select ${utcMilliseconds("clock_timestamp() - interval '1 millisecond'")} as time`,
    );
    const rows = await this.source.query<{ xid: string }>(RUNNING);
    if (!clock) throw new Error('PostgreSQL gave no time.');
    return { time: clock.time, running: rows.map((row) => row.xid) };
  }

  /** Those that go on, but for transactions of other databases: they cannot write to this one. */
  private async stillRunning(xids: readonly string[]): Promise<readonly string[]> {
    const rows = await this.source.query<{ xid: string }>(
      `select xid from unnest($1::text[]) as xid
       where pg_xact_status(xid::xid8) = 'in progress' and not exists (
         select from pg_locks l join pg_stat_activity a on a.pid = l.pid
         where l.locktype = 'transactionid' and l.mode = 'ExclusiveLock'
           and l.transactionid::text = ${SHORT_XID} and a.datname <> current_database())`,
      [xids],
    );
    return rows.map((row) => row.xid);
  }

  /** A transaction stamps no version earlier than its own start. */
  private async before(xids: readonly string[], time: string): Promise<string> {
    const [row] = await this.source.query<{ dated: number; time: string | null }>(
      `select count(distinct a.backend_xid::text)::int as dated,
              ${utcMilliseconds("min(a.xact_start) - interval '1 millisecond'")} as time
       from pg_stat_activity a
       where a.backend_xid::text = any (select ${SHORT_XID} from unnest($1::text[]) as xid)`,
      [xids],
    );
    const open = await this.stillRunning(xids);
    if (open.length === 0) return time;
    if (!row?.time || row.dated < open.length) throw new UnsettledWritersError();
    return row.time < time ? row.time : time;
  }
}

/**
 * Transactions that have an id and go on. A snapshot lists those alone that began before the last one
 * that ended; all of them hold a lock on their id, and on the ids of subtransactions, which are later.
 */
const RUNNING = `
  with snapshot as (select pg_current_snapshot() as now)
  select pg_snapshot_xip(now)::text as xid from snapshot
  union
  select min(xmax + (xid - xmax % 4294967296 + 6442450944) % 4294967296 - 2147483648)::text
  from (select pg_snapshot_xmax(now)::text::numeric as xmax from snapshot) s
  cross join (select virtualtransaction, transactionid::text::numeric as xid from pg_locks
              where locktype = 'transactionid' and mode = 'ExclusiveLock' and granted) l
  group by virtualtransaction`;

/** Cut down, never rounded up: an instant that is rounded up loses changes. */
function utcMilliseconds(expression: string): string {
  return `to_char(date_trunc('milliseconds', ${expression}) at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`;
}
