import { Column, Entity, PrimaryColumn } from 'typeorm';

import { OPTIONAL } from '../../database';

/** A row of feed.feed: how far a feed has come. */
@Entity({ schema: 'feed', name: 'feed' })
export class FeedRow {
  @PrimaryColumn('text')
  readonly name: string;

  /** The number of its last batch; from 1. */
  @Column('bigint')
  readonly position: string;

  /** The EHR's instant up to which its record is contained; undefined while no batch has said so. */
  @Column('timestamptz', { name: 'up_to', nullable: true, transformer: OPTIONAL })
  readonly upTo: Date | undefined;

  /** Where a follower goes on, in words of its own. */
  @Column('jsonb', { nullable: true, transformer: OPTIONAL })
  readonly cursor: unknown;

  @Column('timestamptz', { name: 'last_batch_at' })
  readonly lastBatchAt: Date;
}
