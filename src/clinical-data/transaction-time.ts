import { setTimeout as delay } from 'node:timers/promises';

import { Inject, Injectable, Logger } from '@nestjs/common';
import { DataSource } from 'typeorm';

import { type Config, CONFIG } from '../config';

const POLL_MILLISECONDS = 50;
/** `xid`, a full transaction id as text, in the 32 bits that locks and activities show. */
const SHORT_XID = '(xid::numeric % 4294967296)::text';

/** No instant can be promised yet: a writer is at work that may write to the past. */
export class UnsettledWritersError extends Error {
  constructor(
    message = 'Write transactions that began earlier are still open, and their start is not known.',
  ) {
    super(message);
    this.name = 'UnsettledWritersError';
  }
}

/**
 * Chooses the `transactionTime` of an export: an instant at which the store is settled (MF-01 to
 * MF-03).
 *
 * A writer takes `last_updated` after its transaction has an id. So every version with
 * `last_updated <= T` was written by a transaction that had its id before T was promised, and once all
 * transactions that were running just after that have ended, every such version is visible to all
 * later readers. T is the millisecond before the present one, so that a writer who cuts its clock to
 * milliseconds cannot fall onto T from a later moment.
 *
 * T is promised in `clinical.store_clock` before anything else: `clinical.write_instant()`, which
 * writers ask, gives nothing but later instants from then on, even when the server's clock goes back.
 * Chosen instants never go back either. Asked of the primary, where transactions are.
 */
@Injectable()
export class TransactionTimes {
  private readonly logger = new Logger(TransactionTimes.name);

  constructor(
    private readonly dataSource: DataSource,
    @Inject(CONFIG) private readonly config: Config,
  ) {}

  /**
   * Waits for older writers, at most PLANNING_WAIT_SECONDS, then steps back to before the oldest, but
   * never to before an instant that was chosen already: what was settled stays settled.
   *
   * @returns a UTC instant with milliseconds, such as 2026-01-31T12:00:00.000Z
   * @throws UnsettledWritersError when none was chosen yet and the oldest writer's start cannot be
   *   known: it is a prepared transaction, or of another role and ours is no member of pg_read_all_stats;
   *   or when none was promised yet, and a first load goes on that fills the past
   */
  async choose(signal: AbortSignal): Promise<string> {
    const deadline = performance.now() + this.config.export.planningWait * 1000;
    const time = await this.promise(deadline, signal);
    // A later statement than the promise: who has no id yet will stamp later instants.
    const running = await this.running();
    let open = await this.stillRunning(running);
    while (open.length > 0 && performance.now() < deadline) {
      await delay(POLL_MILLISECONDS, undefined, { signal });
      open = await this.stillRunning(open);
    }
    return this.settle(open.length === 0 ? time : await this.before(open, time));
  }

  /** Nothing can be promised while the past is being filled: see `clinical.may_fill_past()`. */
  private async promise(deadline: number, signal: AbortSignal): Promise<string> {
    for (;;) {
      const promised = await this.promiseNow();
      if (promised !== undefined) return promised;
      if (performance.now() >= deadline) {
        throw new UnsettledWritersError('The clock of the clinical store is held by a first load.');
      }
      await delay(POLL_MILLISECONDS, undefined, { signal });
    }
  }

  /**
   * An instant that every writer who is not at work already will stamp later than; undefined while another
   * transaction holds the clock.
   */
  async promiseNow(): Promise<string | undefined> {
    const [[row]] =
      await this.dataSource.query<[{ time: string; ahead: boolean }[], number]>(PROMISE);
    if (row?.ahead) this.logger.warn('the clock of the database has gone back: it is waited for');
    return row?.time;
  }

  private async settle(time: string): Promise<string> {
    await this.dataSource.query(SETTLE, [time]);
    return time;
  }

  private async running(): Promise<readonly string[]> {
    const rows = await this.dataSource.query<{ xid: string }[]>(RUNNING);
    return rows.map((row) => row.xid);
  }

  /** Those that go on, but for transactions of other databases: they cannot write to this one. */
  private async stillRunning(xids: readonly string[]): Promise<readonly string[]> {
    if (xids.length === 0) return xids;
    const rows = await this.dataSource.query<{ xid: string }[]>(STILL_RUNNING, [xids]);
    return rows.map((row) => row.xid);
  }

  /** A transaction stamps no version earlier than its own start. */
  private async before(open: readonly string[], time: string): Promise<string> {
    const writers = await this.dataSource.query<{ xid: string; start: string | null }[]>(STARTS, [
      open,
    ]);
    const dated = writers.flatMap(({ start }) => start ?? []);
    const undated = writers.filter(({ start }) => start === null).map(({ xid }) => xid);
    const [clock] = await this.dataSource.query<{ settled: string | null }[]>(SETTLED);
    const settled = clock?.settled ?? '';
    // Those whose start was not shown may have ended meanwhile.
    const unknown = (await this.stillRunning(undated)).length > 0;
    if (unknown && settled === '') throw new UnsettledWritersError();
    const [start = ''] = unknown ? [''] : [time, ...dated].sort();
    const chosen = settled > start ? settled : start;
    this.logger.warn(
      { writers: open.length, undated: unknown, transactionTime: chosen },
      'stepped back to before writers that do not end',
    );
    return chosen;
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

/**
 * No row while another transaction holds the clock. Not waited for: the instant must not be older than the
 * lock, nor the id of this transaction, by which writers tell which promises bind them.
 */
const PROMISE = `
  with clock as materialized (
    select single from clinical.store_clock for no key update skip locked
  )
  update clinical.store_clock
  set promised = case
        when promised > clock_timestamp() then promised + interval '1 millisecond'
        else greatest(promised, date_trunc('milliseconds', clock_timestamp() - interval '1 millisecond'))
      end
  from clock where store_clock.single = clock.single
  returning ${utcMilliseconds('promised')} as time, promised > clock_timestamp() as ahead`;

const SETTLE = `
  update clinical.store_clock set settled = greatest(settled, $1::timestamptz)`;

const SETTLED = `
  select ${utcMilliseconds("nullif(settled, '-infinity')")} as settled from clinical.store_clock`;

const STILL_RUNNING = `
  select xid from unnest($1::text[]) as xid
  where pg_xact_status(xid::xid8) = 'in progress'
    and not exists (
      select from pg_locks l join pg_stat_activity a on a.pid = l.pid
      where l.locktype = 'transactionid' and l.mode = 'ExclusiveLock'
        and l.transactionid::text = ${SHORT_XID} and a.datname <> current_database())
    and not exists (
      select from pg_prepared_xacts p
      where p.transaction::text = ${SHORT_XID} and p.database <> current_database())`;

const STARTS = `
  select xid, (select ${utcMilliseconds("min(a.xact_start) - interval '1 millisecond'")}
               from pg_stat_activity a where a.backend_xid::text = ${SHORT_XID}) as start
  from unnest($1::text[]) as xid`;

/** Cut down, never rounded up: an instant that is rounded up loses changes. */
function utcMilliseconds(expression: string): string {
  return `to_char(date_trunc('milliseconds', ${expression}) at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`;
}
