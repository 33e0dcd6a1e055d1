import { Column, Entity, PrimaryColumn } from 'typeorm';

import type { OutcomeIssue } from '@app/fhir';

import { OPTIONAL, UTC_INSTANT } from '../../database';
import type { ExportLevel } from './export-target';
import type { ExportParameters } from './job-parameters';
import type { JobState } from './job-states';

/** A row of export.job. Its position in the WAL, a pg_lsn, is of no type that TypeORM knows. */
@Entity({ schema: 'export', name: 'job' })
export class JobRow {
  @PrimaryColumn('uuid')
  readonly id: string;

  @Column('text', { name: 'app_id' })
  readonly appId: string;

  @Column('text')
  readonly level: ExportLevel;

  @Column('text', { name: 'group_id', nullable: true, transformer: OPTIONAL })
  readonly groupId: string | undefined;

  @Column('text', { name: 'request_url' })
  readonly requestUrl: string;

  @Column('jsonb')
  readonly parameters: ExportParameters;

  @Column('text')
  readonly state: JobState;

  /** Grows with each claim: a planner with an older number changes nothing. */
  @Column('bigint')
  readonly fence: string;

  @Column('timestamptz', { name: 'lease_until', nullable: true, transformer: OPTIONAL })
  readonly leaseUntil: Date | undefined;

  @Column('integer')
  readonly attempts: number;

  /** UTC instant with milliseconds; undefined until the job is planned. */
  @Column('timestamptz', { name: 'transaction_time', nullable: true, transformer: UTC_INSTANT })
  readonly transactionTime: string | undefined;

  /** Up to where the EHR's record is contained; undefined where no feed has told. */
  @Column('timestamptz', { name: 'source_time', nullable: true, transformer: UTC_INSTANT })
  readonly sourceTime: string | undefined;

  /** How many resources of each type it must hold; undefined where that was not counted. */
  @Column('jsonb', { nullable: true, transformer: OPTIONAL })
  readonly expected: Readonly<Record<string, number>> | undefined;

  /** Parts whose types did not hold what they must were read a second time. */
  @Column('boolean', { name: 'read_again' })
  readonly readAgain: boolean;

  @Column('smallint')
  readonly progress: number;

  @Column('timestamptz', { name: 'next_poll_at', nullable: true, transformer: OPTIONAL })
  readonly nextPollAt: Date | undefined;

  @Column('jsonb', { nullable: true, transformer: OPTIONAL })
  readonly failure: OutcomeIssue | undefined;

  @Column('timestamptz', { name: 'created_at' })
  readonly createdAt: Date;

  @Column('timestamptz', { name: 'planned_at', nullable: true, transformer: OPTIONAL })
  readonly plannedAt: Date | undefined;

  @Column('timestamptz', { name: 'finished_at', nullable: true, transformer: OPTIONAL })
  readonly finishedAt: Date | undefined;

  @Column('timestamptz', { name: 'expires_at', nullable: true, transformer: OPTIONAL })
  readonly expiresAt: Date | undefined;

  @Column('timestamptz', { name: 'swept_at', nullable: true, transformer: OPTIONAL })
  readonly sweptAt: Date | undefined;

  @Column('text', { name: 'idempotency_key', nullable: true, transformer: OPTIONAL })
  readonly idempotencyKey: string | undefined;

  @Column('bytea', { name: 'request_hash', nullable: true, transformer: OPTIONAL })
  readonly requestHash: Buffer | undefined;

  @Column('boolean', { name: 'continues_since' })
  readonly continuesSince: boolean;

  /** Of the manifest, so far; 0 while none was given, and where there are no pages. */
  @Column('integer')
  readonly pages: number;

  /** See ExportScope. */
  @Column('real', { name: 'cohort_share', nullable: true, transformer: OPTIONAL })
  readonly cohortShare: number | undefined;

  /** An operator keeps its work from being given out; undefined while none does. */
  @Column('timestamptz', { name: 'held_at', nullable: true, transformer: OPTIONAL })
  readonly heldAt: Date | undefined;

  /** How often an operator had its failed parts done again. */
  @Column('integer')
  readonly retries: number;

  /** The frozen cohort outlives the sweep of an export that has ended, so that failed parts can be done again. */
  @Column('boolean', { name: 'cohort_kept' })
  readonly cohortKept: boolean;

  /** Its patients are on record after its end; false also where a release before that planned it. */
  @Column('boolean', { name: 'cohort_recorded' })
  readonly cohortRecorded: boolean;

  /** Of the kick-off; undefined where an older release took it in. */
  @Column('text', { name: 'request_id', nullable: true, transformer: OPTIONAL })
  readonly requestId: string | undefined;
}
