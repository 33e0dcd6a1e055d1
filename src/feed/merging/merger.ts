import type { Client } from 'pg';

import type { LoadCounts } from '../load-counts';
import type { Stager } from '../staging/stager';
import { collectPatients } from './loaded-patients';
import { mergeStages } from './merge-order';
import { mergeType } from './merge-type';
import { changedRelations } from './statistics';

export interface MergerOptions {
  /** Sessions that merge at the same time, a type each; a single one where all is one transaction. */
  readonly sessions: readonly Client[];
  readonly stager: Stager;
  readonly counts: LoadCounts;
  readonly keepMeta: boolean;
  /** Few rows: statistics and cut tables would cost more than they save. */
  readonly isSmall: boolean;
  readonly withPatients: boolean;
  /** Told as the merge of a type begins. */
  readonly onType: (type: string) => void;
  /** Runs the merge of a type in its transaction, given the instant of the write. */
  readonly transaction: WriteTransaction;
}

export type WriteTransaction = <T>(
  session: Client,
  work: (instant: string) => Promise<T>,
) => Promise<T>;

/** Merges staged types into the store, and counts and reports what became of their rows. */
export class Merger {
  private readonly written = new Set<string>();

  constructor(private readonly options: MergerOptions) {}

  /** Merges all types; when one fails, those at hand are finished and the first failure is thrown. */
  async merge(types: readonly string[]): Promise<void> {
    for (const stage of mergeStages(types)) {
      await this.share(stage, async (session, type) => {
        this.options.onType(type);
        await this.mergeOne(session, type);
      });
    }
  }

  /** Lets PostgreSQL know what the tables hold now. */
  async analyze(): Promise<void> {
    const [session] = this.options.sessions;
    if (!session) return;
    const relations = await changedRelations(session, [...this.written]);
    await this.share(relations, async (worker, relation) => {
      await worker.query(`analyze ${relation}`);
    });
  }

  /** Every session takes the next item until none is left. */
  private async share(
    items: readonly string[],
    action: (session: Client, item: string) => Promise<void>,
  ): Promise<void> {
    const queue = [...items];
    const work = async (session: Client): Promise<void> => {
      for (let item = queue.shift(); item !== undefined; item = queue.shift()) {
        try {
          await action(session, item);
        } catch (error) {
          queue.length = 0;
          throw error;
        }
      }
    };
    const results = await Promise.allSettled(this.options.sessions.map(work));
    const failed = results.find((result) => result.status === 'rejected');
    if (failed) throw failed.reason;
  }

  private async mergeOne(session: Client, type: string): Promise<void> {
    const { counts, keepMeta, isSmall, withPatients, transaction } = this.options;
    const merged = await transaction(session, (instant) =>
      mergeType(session, type, { keepMeta, instant, isSmall }),
    );
    const older = merged.past + merged.late;
    for (const verdict of ['new', 'changed', 'unchanged'] as const) {
      counts.add(type, verdict, merged[verdict]);
    }
    counts.add(type, 'unchanged', merged.known);
    counts.add(type, 'history', older);
    if (merged.conflict > 0) await this.rejectConflicts(session, type);
    if (type === 'Patient' && withPatients) await collectPatients(session);
    if (merged.new + merged.changed + older > 0) this.written.add(type);
  }

  private async rejectConflicts(session: Client, type: string): Promise<void> {
    const { rows } = await session.query<{ seq: string }>(
      "select seq from decision where verdict = 'conflict' order by seq",
    );
    for (const { seq } of rows) {
      this.options.stager.reject(Number(seq), 'another text of the version that is stored');
    }
    this.options.counts.add(type, 'rejected', rows.length);
  }
}
