import { setTimeout as delay } from 'node:timers/promises';

import { Inject, Injectable, Logger } from '@nestjs/common';
import { DataSource } from 'typeorm';

import { type Config, CONFIG } from '../config';
import { PROMISE, RUNNING, SETTLE, SETTLED, STARTS, STILL_RUNNING } from './transaction-time.sql';

const POLL_MILLISECONDS = 50;
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
