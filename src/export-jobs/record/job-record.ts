import type { OutcomeIssue, ResourceType } from '@app/fhir';

import type { JobState } from './job-states';

/** What a kick-off asks for, after scopes and licence have had their say. */
export interface ExportParameters {
  /** The final types, fixed for the job's life (SEC-04). */
  readonly types: readonly ResourceType[];
  /** The types whose Provenance goes along. */
  readonly provenanceOf: readonly ResourceType[];
  /** UTC instant with microseconds. */
  readonly since: string | undefined;
}

/** Whose data an export holds. */
export type ExportTarget =
  | { readonly level: 'group'; readonly groupId: string }
  /** Every patient that exists. */
  | { readonly level: 'patient' };

/** @throws Error for a level that this release does not know: nothing is ever taken for everyone */
export function toTarget(row: {
  readonly level: string;
  readonly group_id: string | null;
}): ExportTarget {
  if (row.level === 'group' && row.group_id !== null)
    return { level: 'group', groupId: row.group_id };
  if (row.level === 'patient') return { level: 'patient' };
  throw new Error('An export is of a level that this release does not know.');
}

/** A row of export.job. */
export interface JobRecord {
  readonly id: string;
  readonly appId: string;
  readonly target: ExportTarget;
  readonly requestUrl: string;
  readonly parameters: ExportParameters;
  readonly state: JobState;
  readonly fence: string;
  readonly attempts: number;
  /** UTC instant with milliseconds; undefined until the job is planned. */
  readonly transactionTime: string | undefined;
  readonly progress: number;
  readonly nextPollAt: Date | undefined;
  readonly failure: OutcomeIssue | undefined;
  readonly createdAt: Date;
  readonly expiresAt: Date | undefined;
}

/** A part that this process has claimed. */
export interface ClaimedPart {
  readonly id: string;
  readonly jobId: string;
  readonly type: ResourceType;
  readonly slotFrom: number;
  readonly slotTo: number;
  /** Grows with each claim: a commit with an older number changes nothing. */
  readonly fence: string;
  readonly attempts: number;
  readonly parameters: ExportParameters;
  readonly transactionTime: string;
}

export const FILE_SECTIONS = ['output', 'deleted', 'error'] as const;

export type FileSection = (typeof FILE_SECTIONS)[number];

/** A row of export.file. */
export interface FileRecord {
  readonly section: FileSection;
  /** Resource type of the lines. */
  readonly type: string;
  /** Number of the file within its section and type, from 1. */
  readonly ordinal: number;
  readonly storageKey: string;
  readonly resources: number;
  readonly bytes: number;
  readonly sha256: Buffer;
}
