import { Column, Entity, PrimaryColumn } from 'typeorm';

import type { GroupIdentifier } from './group';

/** A row of groups.group_version: a group as it was from one instant to the next version. */
@Entity({ schema: 'groups', name: 'group_version' })
export class GroupVersionRow {
  @PrimaryColumn('text', { name: 'group_id' })
  readonly groupId: string;

  @PrimaryColumn('bigint')
  readonly version: string;

  @Column('timestamptz', { name: 'last_updated' })
  readonly lastUpdated: Date;

  @Column('boolean')
  readonly deleted: boolean;

  @Column('text')
  readonly source: string;

  @Column('text')
  readonly name: string;

  @Column('json')
  readonly identifiers: readonly GroupIdentifier[];

  @Column('json')
  readonly characteristics: readonly object[];

  @Column('jsonb', { nullable: true })
  readonly criteria: object | null;
}
