import type { Client } from 'pg';

import type { Change, ChangeSource } from './change-source';
import {
  ANALYZE_LISTED,
  AWAIT_COMMIT,
  CLEAR_LISTED,
  COUNT,
  FORGET_ABSENT,
  LIST,
  LISTED,
  MISSING,
} from './followed.sql';

/** Deletions of a type that were found and not carried out, since there were too many. */
export interface Withheld {
  readonly type: string;
  readonly missing: number;
  readonly followed: number;
}

const LISTED_AT_ONCE = 10_000;
/** So few are never too many. */
const ALWAYS_ALLOWED = 100;

/** Finds what the source does not have any more, by its lists of all ids. */
export class Comparison {
  readonly withheld: Withheld[] = [];

  /** @param maxPercent of the resources of a type that may be gone */
  constructor(
    private readonly client: Client,
    private readonly source: ChangeSource,
    private readonly maxPercent: number,
  ) {}

  /** Forgets what is in the store no more. To be called while no batch is under way. */
  async prepare(): Promise<void> {
    const { client, source } = this;
    await client.query('begin');
    try {
      await client.query(AWAIT_COMMIT, [source.feed]);
      await client.query(FORGET_ABSENT, [source.feed]);
      await client.query('commit');
    } catch (error) {
      await client.query('rollback').catch(() => undefined);
      throw error;
    }
  }

  /** Deletions of all that is gone. Memory does not grow with the lists. */
  async *deletions(signal: AbortSignal): AsyncGenerator<Change, void> {
    await this.client.query(LISTED);
    for (const type of this.source.listedTypes) {
      await this.list(type, signal);
      if (await this.isPlausible(type)) yield* this.missing(type, signal);
    }
  }

  private async list(type: string, signal: AbortSignal): Promise<void> {
    await this.client.query(CLEAR_LISTED);
    let ids: string[] = [];
    for await (const id of this.source.ids(type, signal)) {
      ids.push(id);
      if (ids.length < LISTED_AT_ONCE) continue;
      await this.client.query(LIST, [ids]);
      ids = [];
    }
    await this.client.query(LIST, [ids]);
    await this.client.query(ANALYZE_LISTED);
  }

  /** A list that lacks much is rather a fault of the list: its deletions are withheld. */
  private async isPlausible(type: string): Promise<boolean> {
    const { rows } = await this.client.query<Record<'followed' | 'missing', string>>(COUNT, [
      ...[this.source.feed, type],
    ]);
    const followed = Number(rows[0]?.followed ?? 0);
    const missing = Number(rows[0]?.missing ?? 0);
    const isAllowed = this.allows(missing, followed);
    if (!isAllowed) this.withheld.push({ type, missing, followed });
    return isAllowed;
  }

  private allows(missing: number, followed: number): boolean {
    // A list of nothing is a fault of the list, unless everything may go.
    if (missing === followed && followed > 1) return this.maxPercent >= 100;
    return missing <= Math.max(ALWAYS_ALLOWED, (followed * this.maxPercent) / 100);
  }

  private async *missing(type: string, signal: AbortSignal): AsyncGenerator<Change, void> {
    let after = '';
    for (;;) {
      const { rows } = await this.client.query<{ id: string }>(MISSING, [
        ...[this.source.feed, type, after],
      ]);
      for (const { id } of rows) {
        if (await this.source.hasStill?.({ type, id }, signal)) continue;
        yield { type, id, content: undefined };
      }
      const last = rows.at(-1);
      if (!last) return;
      after = last.id;
    }
  }
}
