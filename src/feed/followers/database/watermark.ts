import type { Mark } from '../marks';
import { readInstant } from './instants';
import type { SourceSession } from './source-session';

export interface WatermarkOptions {
  /** Seconds; what a change may take from its stamp to its commit, where transactions cannot be told. */
  readonly overlap: number;
  /** Seconds by which clocks that stamp changes may be behind the source's. */
  readonly clockSkew: number;
  readonly watermark: 'transactions' | 'overlap';
}

/**
 * PostgreSQL's oldest running transaction, which may have stamped a change that nobody sees yet. Sessions
 * of other roles are hidden from those without pg_read_all_stats; a standby does not know the primary's.
 */
const TRANSACTIONS = `
  select min(xact_start) as oldest,
    coalesce(bool_or(query = '<insufficient privilege>' or state = 'disabled'), false) as hidden,
    pg_is_in_recovery() as standby,
    (select min(prepared) from pg_prepared_xacts where database = current_database()) as prepared
  from pg_stat_activity
  where datname = current_database() and pid <> pg_backend_pid()
    and backend_type is distinct from 'autovacuum worker'
    and backend_type is distinct from 'walsender'`;
/**
 * What a standby has replayed up to: its own clock says nothing of that. One that has started and replayed
 * no commit yet has at least what came before the checkpoint that it started from.
 */
const REPLAYED = `
  select coalesce(pg_last_xact_replay_timestamp(), checkpoint_time) as now from pg_control_checkpoint()`;

interface TransactionsRow {
  readonly oldest: string | null;
  readonly hidden: string;
  readonly standby: string;
  /** When the oldest of the prepared transactions was prepared. */
  readonly prepared: string | null;
}

/**
 * Takes a mark before the source is read. In doubt it is early.
 *
 * @param before the mark of the last reading
 */
export async function takeMark(
  session: SourceSession,
  options: WatermarkOptions,
  own: Date,
  before: Mark | undefined,
): Promise<Mark> {
  const clock = await askClock(session, session.dialect.clock);
  const transactions =
    session.dialect.tellsTransactions && options.watermark === 'transactions'
      ? await session.query<TransactionsRow>(TRANSACTIONS)
      : undefined;
  const settled =
    settledByTransactions(clock, transactions, options, before) ??
    (await settledByOverlap(session, clock, transactions, options));
  return {
    clock: clock.toISOString(),
    ownClock: own.toISOString(),
    settled: settled.toISOString(),
  };
}

/** @returns undefined when the source cannot tell */
function settledByTransactions(
  clock: Date,
  row: TransactionsRow | undefined,
  { clockSkew, overlap }: WatermarkOptions,
  before: Mark | undefined,
): Date | undefined {
  if (!row || isSet(row.hidden) || isSet(row.standby)) return undefined;
  const oldest = readInstant(row.oldest ?? undefined) ?? clock;
  // A change that is stamped with the very instant is not seen yet.
  const settled = Math.min(clock.getTime(), oldest.getTime()) - clockSkew * 1000 - 1;
  const prepared = readInstant(row.prepared ?? undefined);
  if (!prepared) return new Date(settled);
  // When a prepared transaction began is not known, but not before all was settled.
  const begun = before ? Date.parse(before.settled) : prepared.getTime() - overlap * 1000;
  return new Date(Math.min(settled, begun));
}

async function settledByOverlap(
  session: SourceSession,
  clock: Date,
  row: TransactionsRow | undefined,
  { overlap }: WatermarkOptions,
): Promise<Date> {
  const read = row && isSet(row.standby) ? await askClock(session, REPLAYED) : clock;
  return new Date(Math.min(read.getTime(), clock.getTime()) - overlap * 1000);
}

async function askClock(session: SourceSession, sql: string): Promise<Date> {
  const now = readInstant((await session.query<{ now: unknown }>(sql))?.now);
  if (!now) throw new Error('The source tells no time.');
  return now;
}

function isSet(flag: string): boolean {
  return flag === 't';
}
