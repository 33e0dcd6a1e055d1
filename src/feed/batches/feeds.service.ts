import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import type { EntityManager, Repository } from 'typeorm';

import { BatchRow } from './batch.entity';
import { FeedRow } from './feed.entity';
import { WATERMARK_AT } from './feeds.sql';
import { RejectedLineRow } from './rejected-line.entity';

/** Where a page of rejected lines begins, and how many it may hold. */
export interface RejectedPage {
  readonly sequence: bigint;
  /** Lines after this ordinal. */
  readonly after: number;
  readonly limit: number;
}

/** What is known of the feeds. */
@Injectable()
export class Feeds {
  constructor(
    @InjectRepository(FeedRow) private readonly feeds: Repository<FeedRow>,
    @InjectRepository(BatchRow) private readonly batches: Repository<BatchRow>,
    @InjectRepository(RejectedLineRow) private readonly rejected: Repository<RejectedLineRow>,
  ) {}

  /** All that have brought something, by name. */
  list(): Promise<readonly FeedRow[]> {
    return this.feeds.find({ order: { name: 'ASC' } });
  }

  /** @returns undefined for a feed that has brought nothing yet */
  async find(name: string): Promise<FeedRow | undefined> {
    return (await this.feeds.findOneBy({ name })) ?? undefined;
  }

  /** The number of its last batch; 0 for a feed that has brought nothing yet. */
  async position(name: string): Promise<bigint> {
    return BigInt((await this.find(name))?.position ?? 0);
  }

  /** @returns undefined for a batch that is not in, or was so long ago that it is not known any more */
  async batch(feed: string, sequence: bigint): Promise<BatchRow | undefined> {
    return (await this.batches.findOneBy({ feed, sequence: sequence.toString() })) ?? undefined;
  }

  /** The digests of the last batches, in their order. */
  async lastDigests(feed: string, most: number): Promise<readonly Buffer[]> {
    const batches = await this.batches
      .createQueryBuilder('batch')
      .select('batch.digest')
      .addSelect(['batch.feed', 'batch.sequence'])
      .where({ feed })
      .orderBy('batch.sequence', 'DESC')
      .limit(most)
      .getMany();
    return batches.map(({ digest }) => digest).reverse();
  }

  /** How many lines were rejected, in the batches that are known. */
  async rejectedCount(feed: string): Promise<number> {
    return (await this.batches.sum('rejected', { feed })) ?? 0;
  }

  /** Rejected lines of a batch, in its order. */
  rejectedLines(feed: string, page: RejectedPage): Promise<readonly RejectedLineRow[]> {
    return this.rejected
      .createQueryBuilder('line')
      .where({ feed, sequence: page.sequence.toString() })
      .andWhere('line.ordinal > :after', { after: page.after })
      .orderBy('line.ordinal')
      .limit(page.limit)
      .getMany();
  }

  /**
   * How far the EHR's record is contained in what the store held at an instant: the earliest of the
   * watermarks that the feeds had then.
   *
   * @returns undefined when one of them had told none
   */
  async watermarkAt(
    names: readonly string[],
    instant: string,
    manager: EntityManager = this.feeds.manager,
  ): Promise<Date | undefined> {
    const rows = await manager.query<{ up_to: Date | null }[]>(WATERMARK_AT, [names, instant]);
    const told = rows.flatMap(({ up_to: upTo }) => (upTo ? [upTo.getTime()] : []));
    return told.length > 0 && told.length === names.length
      ? new Date(Math.min(...told))
      : undefined;
  }
}
