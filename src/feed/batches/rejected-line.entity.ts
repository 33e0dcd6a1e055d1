import { Column, Entity, PrimaryColumn } from 'typeorm';

import { OPTIONAL, SAFE_INTEGER } from '../../database';

/** A row of feed.rejected_line: a line of a batch, or an entry of a Bundle on it, that was not taken in. */
@Entity({ schema: 'feed', name: 'rejected_line' })
export class RejectedLineRow {
  @PrimaryColumn('text')
  readonly feed: string;

  @PrimaryColumn('bigint')
  readonly sequence: string;

  /** From 1, in the order of the batch. */
  @PrimaryColumn('integer')
  readonly ordinal: number;

  @Column('bigint', { transformer: SAFE_INTEGER })
  readonly line: number;

  /** Quotes no content. */
  @Column('text')
  readonly reason: string;

  @Column('text', { nullable: true, transformer: OPTIONAL })
  readonly reference: string | undefined;
}
