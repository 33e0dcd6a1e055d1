import { Column, Entity, PrimaryColumn } from 'typeorm';

import type { Jwks } from '../client-keys/key-source';
import type { AppType } from './app';

/** A row of auth.app. */
@Entity({ schema: 'auth', name: 'app' })
export class AppRow {
  @PrimaryColumn('text')
  id: string;

  @Column('text')
  name: string;

  @Column('text')
  type: AppType;

  @Column('jsonb', { nullable: true })
  jwks: Jwks | null;

  @Column('text', { name: 'jwks_url', nullable: true })
  jwksUrl: string | null;

  @Column('boolean', { name: 'all_groups' })
  allGroups: boolean;

  @Column('text', { array: true })
  groups: string[];

  @Column('text', { name: 'resource_types', array: true, nullable: true })
  resourceTypes: string[] | null;

  @Column('boolean', { name: 'all_feeds' })
  allFeeds: boolean;

  @Column('text', { array: true })
  feeds: string[];

  @Column('boolean', { name: 'fhir_writes' })
  fhirWrites: boolean;

  /** How many groups it may keep itself; null: none. */
  @Column('integer', { name: 'own_groups', nullable: true })
  ownGroups: number | null;

  @Column('integer', { name: 'own_group_members', nullable: true })
  ownGroupMembers: number | null;

  /** False: their members must be in the groups that it is licensed for. */
  @Column('boolean', { name: 'chooses_from_everyone' })
  choosesFromEveryone: boolean;

  @Column('smallint')
  weight: number;

  /** Null: as EXPORT_MAX_RUNNING_PER_APP says. */
  @Column('smallint', { name: 'max_running', nullable: true })
  maxRunning: number | null;

  /** Null: as EXPORT_MAX_QUEUED_PER_APP says. */
  @Column('smallint', { name: 'max_queued', nullable: true })
  maxQueued: number | null;

  @Column('timestamptz', { name: 'created_at' })
  createdAt: Date;

  @Column('timestamptz', { name: 'updated_at' })
  updatedAt: Date;

  @Column('timestamptz', { name: 'disabled_at', nullable: true })
  disabledAt: Date | null;
}
