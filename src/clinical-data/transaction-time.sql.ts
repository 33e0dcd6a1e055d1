/** `xid`, a full transaction id as text, in the 32 bits that locks and activities show. */
const SHORT_XID = '(xid::numeric % 4294967296)::text';

/**
 * Transactions that have an id and go on. A snapshot lists those alone that began before the last one
 * that ended; all of them hold a lock on their id, and on the ids of subtransactions, which are later.
 */
export const RUNNING = `
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
export const PROMISE = `
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

/** Chosen instants never go back. */
export const SETTLE = `
  update clinical.store_clock set settled = greatest(settled, $1::timestamptz)`;

/** The latest instant that was chosen; null before the first. */
export const SETTLED = `
  select ${utcMilliseconds("nullif(settled, '-infinity')")} as settled from clinical.store_clock`;

/** Of the given transactions those that go on, but for those of other databases. */
export const STILL_RUNNING = `
  select xid from unnest($1::text[]) as xid
  where pg_xact_status(xid::xid8) = 'in progress'
    and not exists (
      select from pg_locks l join pg_stat_activity a on a.pid = l.pid
      where l.locktype = 'transactionid' and l.mode = 'ExclusiveLock'
        and l.transactionid::text = ${SHORT_XID} and a.datname <> current_database())
    and not exists (
      select from pg_prepared_xacts p
      where p.transaction::text = ${SHORT_XID} and p.database <> current_database())`;

/** When given transactions began, less a millisecond; null where that is not shown. */
export const STARTS = `
  select xid, (select ${utcMilliseconds("min(a.xact_start) - interval '1 millisecond'")}
               from pg_stat_activity a where a.backend_xid::text = ${SHORT_XID}) as start
  from unnest($1::text[]) as xid`;

/** Cut down, never rounded up: an instant that is rounded up loses changes. */
function utcMilliseconds(expression: string): string {
  return `to_char(date_trunc('milliseconds', ${expression}) at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`;
}
