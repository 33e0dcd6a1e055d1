import type { Client } from 'pg';

import { WriterBusyError } from './batches/feed.errors';
import { lockLoads, unlockLoads } from './load-lock';
import { openLoadSession } from './load-session';
import type { Sessions, Waiting } from './with-writer';

/** Without work for so long, the session goes. */
const IDLE_MS = 60_000;
/** A session's own tables are cleared, not made anew, which leaves dead rows behind. */
const MAX_PASSES = 500;

/** pg has these methods; its types leave them out. */
type Session = Client & { ref(): void; unref(): void };

interface Kept {
  readonly client: Session;
  passes: number;
  isLost: boolean;
}

/**
 * Gives small passes the store to themselves on one session, which stays open for the next one, with the
 * tables that it has made: opening and making them would take most of the time. In between it holds no lock.
 */
export class KeptWriter {
  private idle: Kept | undefined;
  private timer: NodeJS.Timeout | undefined;

  constructor(private readonly databaseUrl: string) {}

  /** @throws WriterBusyError when others wrote all the time */
  async use<T>(
    { patience, onWait = () => undefined }: Waiting,
    action: (sessions: Sessions) => Promise<T>,
  ): Promise<T> {
    const kept = this.take() ?? (await this.open());
    const { client } = kept;
    try {
      if (!(await lockLoads(client, onWait, patience))) throw new WriterBusyError();
      const result = await action([client]);
      await unlockLoads(client).then(
        () => this.keep(kept),
        // The work is done; with its session the lock is gone, too.
        () => this.end(kept),
      );
      return result;
    } catch (error) {
      await this.end(kept);
      throw error;
    }
  }

  /** Ends the session that waits for work. */
  async close(): Promise<void> {
    const kept = this.take();
    if (kept) await this.end(kept);
  }

  private async open(): Promise<Kept> {
    const client = (await openLoadSession(this.databaseUrl)) as Session;
    const kept = { client, passes: 0, isLost: false };
    client.once('end', () => {
      kept.isLost = true;
    });
    return kept;
  }

  private take(): Kept | undefined {
    const kept = this.idle;
    this.idle = undefined;
    clearTimeout(this.timer);
    if (!kept || kept.isLost) return undefined;
    kept.client.ref();
    return kept;
  }

  private async keep(kept: Kept): Promise<void> {
    kept.passes += 1;
    if (this.idle || kept.isLost || kept.passes >= MAX_PASSES) {
      await this.end(kept);
      return;
    }
    this.idle = kept;
    // Neither must keep a program from ending.
    kept.client.unref();
    this.timer = setTimeout(() => void this.close(), IDLE_MS).unref();
  }

  private async end({ client }: Kept): Promise<void> {
    client.ref();
    await client.end().catch(() => undefined);
  }
}
