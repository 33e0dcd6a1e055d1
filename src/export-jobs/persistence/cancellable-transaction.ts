import type { DataSource, EntityManager, QueryRunner } from 'typeorm';

import { onReserve, withRunner } from '../../database';

/** A cancellation that falls between two statements has no effect: it is sent until one is hit. */
const AGAIN_MILLISECONDS = 300;

/**
 * A transaction that ends when `signal` is aborted, also in the middle of a statement, however long
 * that would run.
 *
 * @param work its changes are kept when it resolves to something, and undone when to undefined
 * @throws the reason of `signal`, or what `work` throws; nothing is kept then
 */
export async function cancellableTransaction<T>(
  dataSource: DataSource,
  signal: AbortSignal,
  work: (manager: EntityManager) => Promise<T | undefined>,
): Promise<T | undefined> {
  signal.throwIfAborted();
  return withRunner(dataSource, async (runner) => {
    const [backend] = (await runner.query('select pg_backend_pid() as pid')) as { pid: number }[];
    const canceller = new Canceller(dataSource, backend?.pid);
    const cancel = (): void => {
      canceller.start();
    };
    signal.addEventListener('abort', cancel, { once: true });
    try {
      return await transaction(runner, work);
    } catch (error) {
      if (signal.aborted) throw signal.reason;
      throw error;
    } finally {
      signal.removeEventListener('abort', cancel);
      // The connection goes to somebody else now, who must not be cancelled.
      await canceller.stop();
    }
  });
}

async function transaction<T>(
  runner: QueryRunner,
  work: (manager: EntityManager) => Promise<T | undefined>,
): Promise<T | undefined> {
  await runner.startTransaction();
  try {
    const result = await work(runner.manager);
    if (result === undefined) await runner.rollbackTransaction();
    else await runner.commitTransaction();
    return result;
  } catch (error) {
    // What failed may be the connection: the first failure counts.
    if (runner.isTransactionActive) await runner.rollbackTransaction().catch(() => undefined);
    throw error;
  }
}

/** Cancels what a backend does, again and again. */
class Canceller {
  private timer: NodeJS.Timeout | undefined;
  private sent: Promise<unknown> = Promise.resolve();

  constructor(
    private readonly dataSource: DataSource,
    private readonly pid: number | undefined,
  ) {}

  start(): void {
    this.send();
    this.timer = setInterval(() => {
      this.send();
    }, AGAIN_MILLISECONDS);
  }

  async stop(): Promise<void> {
    clearInterval(this.timer);
    await this.sent;
  }

  private send(): void {
    const sent = this.sent;
    this.sent = sent.then(() =>
      onReserve(() => this.dataSource.query('select pg_cancel_backend($1)', [this.pid])).catch(
        () => undefined,
      ),
    );
  }
}
