import { Column, Entity, PrimaryGeneratedColumn } from 'typeorm';

import { OPTIONAL } from '../database';
import type { AuditAction, AuditActor, AuditDetail, AuditOutcome } from './audit-event';

/** A row of audit.event. */
@Entity({ schema: 'audit', name: 'event' })
export class AuditEventRow {
  @PrimaryGeneratedColumn('identity', { type: 'bigint', generatedIdentity: 'ALWAYS' })
  readonly id: string;

  @Column('timestamptz')
  readonly at: Date;

  @Column('text')
  readonly actor: AuditActor;

  @Column('text')
  readonly action: AuditAction;

  @Column('text')
  readonly outcome: AuditOutcome;

  @Column('text', { name: 'app_id', nullable: true, transformer: OPTIONAL })
  readonly appId: string | undefined;

  @Column('uuid', { name: 'job_id', nullable: true, transformer: OPTIONAL })
  readonly jobId: string | undefined;

  @Column('text', { name: 'group_id', nullable: true, transformer: OPTIONAL })
  readonly groupId: string | undefined;

  @Column('text', { name: 'request_id', nullable: true, transformer: OPTIONAL })
  readonly requestId: string | undefined;

  @Column('jsonb')
  readonly detail: AuditDetail;
}
