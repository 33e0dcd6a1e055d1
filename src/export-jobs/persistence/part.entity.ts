import { Column, Entity, PrimaryColumn } from 'typeorm';

import type { OutcomeIssue, ResourceType } from '@app/fhir';

import { OPTIONAL, SAFE_INTEGER } from '../../database';
import type { PartState } from './job-states';

/** `resources` of one type, Bundles of what was `deleted` of all types, or `blocks` of patients. */
export type PartKind = 'resources' | 'deleted' | 'blocks';

/** What a worker waits for, or does, while it reads a part. */
export type PartStep = 'connection' | 'replica' | 'statement';

export type PartType = ResourceType | 'Bundle';

/** A row of export.part. */
@Entity({ schema: 'export', name: 'part' })
export class PartRow {
  @PrimaryColumn('uuid')
  readonly id: string;

  @Column('uuid', { name: 'job_id' })
  readonly jobId: string;

  @Column('text')
  readonly kind: PartKind;

  /** Of its lines; of blocks what they are organized by. */
  @Column('text')
  readonly type: PartType;

  @Column('integer', { name: 'slot_from' })
  readonly slotFrom: number;

  @Column('integer', { name: 'slot_to' })
  readonly slotTo: number;

  @Column('text')
  readonly state: PartState;

  /** Grows with each claim: a commit with an older number changes nothing. */
  @Column('bigint')
  readonly fence: string;

  @Column('timestamptz', { name: 'lease_until', nullable: true, transformer: OPTIONAL })
  readonly leaseUntil: Date | undefined;

  @Column('timestamptz', { name: 'not_before' })
  readonly notBefore: Date;

  /** When it was given out last, or came to be. */
  @Column('timestamptz', { name: 'turn_at' })
  readonly turnAt: Date;

  @Column('integer')
  readonly attempts: number;

  @Column('bigint', { name: 'estimated_bytes', transformer: SAFE_INTEGER })
  readonly estimatedBytes: number;

  @Column('bigint', { name: 'written_bytes', transformer: SAFE_INTEGER })
  readonly writtenBytes: number;

  /** Undefined until the part has ended. */
  @Column('bigint', { nullable: true, transformer: SAFE_INTEGER })
  readonly resources: number | undefined;

  /** Of those that `failure` tells of; undefined where it cannot say how many. */
  @Column('bigint', { nullable: true, transformer: SAFE_INTEGER })
  readonly missing: number | undefined;

  @Column('jsonb', { nullable: true, transformer: OPTIONAL })
  readonly failure: OutcomeIssue | undefined;

  @Column('timestamptz', { name: 'finished_at', nullable: true, transformer: OPTIONAL })
  readonly finishedAt: Date | undefined;

  /** Host and process that has claimed it last. */
  @Column('text', { nullable: true, transformer: OPTIONAL })
  readonly worker: string | undefined;

  /** What its worker does at the moment, as the last heartbeat said. */
  @Column('text', { nullable: true, transformer: OPTIONAL })
  readonly step: PartStep | undefined;

  @Column('timestamptz', { name: 'step_at', nullable: true, transformer: OPTIONAL })
  readonly stepAt: Date | undefined;

  /** Name and code of what ended the last attempt that failed. */
  @Column('text', { name: 'last_error', nullable: true, transformer: OPTIONAL })
  readonly lastError: string | undefined;
}
