import { Column, Entity, PrimaryColumn } from 'typeorm';

import { OPTIONAL } from '../database';

/** A row of groups.member: a patient on a list, from one instant to another. */
@Entity({ schema: 'groups', name: 'member' })
export class MemberRow {
  @PrimaryColumn('text', { name: 'group_id' })
  readonly groupId: string;

  @PrimaryColumn('text', { name: 'patient_id' })
  readonly patientId: string;

  @PrimaryColumn('timestamptz', { name: 'added_at' })
  readonly addedAt: Date;

  /** Infinity while the membership lasts. */
  @Column('timestamptz', { name: 'removed_at' })
  readonly removedAt: Date | number;

  @Column('boolean')
  readonly inactive: boolean;

  @Column('timestamptz', { name: 'period_start', nullable: true, transformer: OPTIONAL })
  readonly periodStart: Date | undefined;

  @Column('timestamptz', { name: 'period_end', nullable: true, transformer: OPTIONAL })
  readonly periodEnd: Date | undefined;
}
