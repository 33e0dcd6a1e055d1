import { Column, Entity, PrimaryColumn } from 'typeorm';

import type { GroupIdentifier } from './group';

/** A row of groups.patient_group: a group as it is now, deleted or not. */
@Entity({ schema: 'groups', name: 'patient_group' })
export class PatientGroupRow {
  @PrimaryColumn('text')
  readonly id: string;

  /** A GroupSource, or the name of one that this release does not know. */
  @Column('text')
  readonly source: string;

  @Column('text')
  readonly name: string;

  /** The name as searches compare it. */
  @Column('text', { name: 'name_key' })
  readonly nameKey: string;

  @Column('json')
  readonly identifiers: readonly GroupIdentifier[];

  /** As FHIR spells them. */
  @Column('json')
  readonly characteristics: readonly object[];

  /** Of a segment alone. */
  @Column('jsonb', { nullable: true })
  readonly criteria: object | null;

  /** The app that keeps it, of a roster alone. */
  @Column('text', { nullable: true })
  readonly owner: string | null;

  /** Of a roster alone: when an export of it was last asked for. */
  @Column('timestamptz', { name: 'exported_at', nullable: true })
  readonly exportedAt: Date | null;

  @Column('bigint')
  readonly version: string;

  @Column('timestamptz', { name: 'last_updated' })
  readonly lastUpdated: Date;

  @Column('boolean')
  readonly deleted: boolean;
}
