import { setTimeout as delay } from 'node:timers/promises';

import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';

import type { ResourceType } from '@app/fhir';

import { CHANGED, MARK } from './store-changes.sql';
import { TransactionTimes } from './transaction-time';

const ATTEMPTS = 5;
const MILLISECONDS_BETWEEN = 10;

/**
 * Tells cheaply whether what was read from the store still holds. Writers stamp nothing with a promised
 * instant or an earlier one any more (see TransactionTimes), so what was not visible to a statement after
 * `mark` carries a later instant than the mark, or belongs to a writer that was at work then.
 */
@Injectable()
export class StoreChanges {
  constructor(
    private readonly dataSource: DataSource,
    private readonly times: TransactionTimes,
  ) {}

  /**
   * An instant: whatever a later statement does not see has a later `last_updated`. Undefined when there
   * is a writer whose start cannot be known, or one that fills the past.
   */
  async mark(): Promise<string | undefined> {
    const promised = await this.promised();
    if (promised === undefined) return undefined;
    const [row] = await this.dataSource.query<{ mark: string | null }[]>(MARK, [promised]);
    return row?.mark ?? undefined;
  }

  /** Somebody else who asks just now holds the clock for a moment, a first load for long. */
  private async promised(): Promise<string | undefined> {
    for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
      const promised = await this.times.promiseNow();
      if (promised !== undefined) return promised;
      await delay(MILLISECONDS_BETWEEN);
    }
    return undefined;
  }

  /**
   * Whether a resource of the types may have been written or deleted since it was read.
   *
   * @param mark of before the reading
   * @param at what was read as of; later versions were left out
   */
  async haveHappened(types: readonly ResourceType[], mark: string, at: string): Promise<boolean> {
    const values = [types, mark, at];
    const [row] = await this.dataSource.query<{ changed: boolean }[]>(CHANGED, values);
    return row?.changed ?? true;
  }
}
