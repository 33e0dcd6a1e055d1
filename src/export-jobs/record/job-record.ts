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
  /** UTC instant with microseconds: only versions earlier than this are given (PR-20). */
  readonly until?: string;
  /** Root elements that are kept, by type; a type that is not named stays whole (PR-40 to PR-47). */
  readonly elements?: ByType<readonly string[]>;
  /** Ids of the patients that the export is narrowed to (PR-50). */
  readonly patients?: readonly string[];
  /** FHIR searches without their type, such as `status=active`; one of them must match (PR-74). */
  readonly typeFilters?: ByType<readonly string[]>;
  /** As `typeFilters`, from the token's scopes: a resource must pass both. */
  readonly scopeFilters?: ByType<readonly string[]>;
  /** What `includeAssociatedData` asked for: all Provenance of what is given, or the newest (PR-61, PR-62). */
  readonly provenance?: 'relevant' | 'latest';
  /** `since` lies before the history that is kept: what was deleted is not told. */
  readonly deletionsUnknown?: boolean;
  /** The output is blocks of instances of this type instead of files by type (PR-90). */
  readonly organizeBy?: 'Patient';
  /** The client takes manifests of files that are ready while the export goes on (PR-95). */
  readonly partialManifests?: boolean;
  /** Polls are answered 200, with the state in X-Export-Status (SX-03). */
  readonly separateExportStatus?: boolean;
  /** One issue for each parameter that was ignored as the client allowed (UN-03). */
  readonly ignored?: readonly OutcomeIssue[];
}

/** Something for some resource types. */
export type ByType<T> = Readonly<Partial<Record<ResourceType, T>>>;

/** Whose data an export holds. */
export type ExportTarget =
  | { readonly level: 'group'; readonly groupId: string }
  /** Every patient that exists. */
  | { readonly level: 'patient' }
  /** Everything that the store holds, patients' or not (KO-01). */
  | { readonly level: 'system' };

/** @throws Error for a level that this release does not know: nothing is ever taken for everyone */
export function toTarget(row: {
  readonly level: string;
  readonly group_id: string | null;
}): ExportTarget {
  if (row.level === 'group' && row.group_id !== null)
    return { level: 'group', groupId: row.group_id };
  if (row.level === 'patient' || row.level === 'system') return { level: row.level };
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
  /** Of the manifest, so far; 0 while none was given, and where there are no pages. */
  readonly pages: number;
  /** Seconds until the next poll is welcome; none are left where this is not positive. */
  readonly untilPoll: number;
  readonly failure: OutcomeIssue | undefined;
  /** Seconds since the kick-off. */
  readonly age: number;
  /** Seconds until the files are gone; undefined while the job has not ended. */
  readonly untilEnd: number | undefined;
  /** The time of day at which the files will be gone. */
  readonly expires: Date | undefined;
}

/** `resources` of one type, Bundles of what was `deleted` of all types, or `blocks` of patients. */
export type PartKind = 'resources' | 'deleted' | 'blocks';

export type PartType = ResourceType | 'Bundle';

/** A part that this process has claimed. */
export interface ClaimedPart {
  readonly id: string;
  readonly jobId: string;
  readonly appId: string;
  readonly level: ExportTarget['level'];
  readonly kind: PartKind;
  /** Of its lines; of blocks what they are organized by. */
  readonly type: PartType;
  readonly slotFrom: number;
  readonly slotTo: number;
  /** Grows with each claim: a commit with an older number changes nothing. */
  readonly fence: string;
  readonly attempts: number;
  readonly parameters: ExportParameters;
  readonly transactionTime: string;
  /** See ExportScope. */
  readonly cohortShare?: number | undefined;
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
  /** Of the NDJSON, as is `sha256`: not of what is stored. */
  readonly bytes: number;
  /** Undefined when members were copied into the file that were never unpacked: see `storedSha256`. */
  readonly sha256: Buffer | undefined;
  /** How the NDJSON lies in the storage. */
  readonly encoding: FileEncoding;
  readonly storedBytes: number;
  /** Of the file as it is stored, before we encrypt it; undefined when that is the NDJSON. */
  readonly storedSha256: Buffer | undefined;
  /** By us; undefined when the release that wrote the file did not note it. */
  readonly encrypted: boolean | undefined;
}

/** `gzip`: one or more gzip members, which together are the file. */
export type FileEncoding = 'identity' | 'gzip';
