import { Column, Entity, PrimaryColumn } from 'typeorm';

import { OPTIONAL, SAFE_INTEGER } from '../../database';
import type { TypeCounts } from '../load.types';

/** A row of feed.batch: a batch that was taken in. */
@Entity({ schema: 'feed', name: 'batch' })
export class BatchRow {
  @PrimaryColumn('text')
  readonly feed: string;

  @PrimaryColumn('bigint')
  readonly sequence: string;

  /** sha256 of the content, unpacked. */
  @Column('bytea')
  readonly digest: Buffer;

  /** Of the content, unpacked. */
  @Column('bigint', { transformer: SAFE_INTEGER })
  readonly bytes: number;

  @Column('timestamptz', { name: 'up_to', nullable: true, transformer: OPTIONAL })
  readonly upTo: Date | undefined;

  /** The instant of the write, by the store's time. */
  @Column('timestamptz')
  readonly instant: Date;

  /** By resource type. */
  @Column('jsonb')
  readonly counts: Readonly<Record<string, TypeCounts>>;

  @Column('bigint', { transformer: SAFE_INTEGER })
  readonly deleted: number;

  @Column('bigint', { transformer: SAFE_INTEGER })
  readonly rejected: number;
}
