import { Column, Entity, PrimaryColumn } from 'typeorm';

import { OPTIONAL, SAFE_INTEGER } from '../../database';

export const FILE_SECTIONS = ['output', 'deleted', 'error'] as const;

export type FileSection = (typeof FILE_SECTIONS)[number];

/** `gzip`: one or more gzip members, which together are the file. */
export type FileEncoding = 'identity' | 'gzip';

/** A row of export.file. */
@Entity({ schema: 'export', name: 'file' })
export class FileRow {
  @PrimaryColumn('uuid')
  readonly id: string;

  @Column('uuid', { name: 'job_id' })
  readonly jobId: string;

  @Column('uuid', { name: 'part_id', nullable: true, transformer: OPTIONAL })
  readonly partId: string | undefined;

  @Column('text')
  readonly section: FileSection;

  /** Resource type of the lines. */
  @Column('text')
  readonly type: string;

  /** Number of the file within its section and type, from 1. */
  @Column('integer')
  readonly ordinal: number;

  @Column('text', { name: 'storage_key' })
  readonly storageKey: string;

  @Column('bigint', { transformer: SAFE_INTEGER })
  readonly resources: number;

  /** Of the NDJSON, as is `sha256`: not of what is stored. */
  @Column('bigint', { transformer: SAFE_INTEGER })
  readonly bytes: number;

  /** Undefined when members were copied into the file that were never unpacked: see `storedSha256`. */
  @Column('bytea', { nullable: true, transformer: OPTIONAL })
  readonly sha256: Buffer | undefined;

  @Column('timestamptz', { name: 'created_at' })
  readonly createdAt: Date;

  /** How the NDJSON lies in the storage. */
  @Column('text')
  readonly encoding: FileEncoding;

  @Column('bigint', { name: 'stored_bytes', transformer: SAFE_INTEGER })
  readonly storedBytes: number;

  /** Of the file as it is stored, before we encrypt it; undefined when that is the NDJSON. */
  @Column('bytea', { name: 'stored_sha256', nullable: true, transformer: OPTIONAL })
  readonly storedSha256: Buffer | undefined;

  /** The page of the manifest that lists the file; undefined while none does. */
  @Column('integer', { nullable: true, transformer: OPTIONAL })
  readonly page: number | undefined;

  /** By us; undefined when the release that wrote the file did not note it. */
  @Column('boolean', { nullable: true, transformer: OPTIONAL })
  readonly encrypted: boolean | undefined;
}

/** What is known of a file, wherever it comes from. */
export type FileRecord = Omit<FileRow, 'id' | 'jobId' | 'partId' | 'createdAt' | 'page'>;
