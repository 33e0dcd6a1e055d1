import { CERTIFICATE } from '@app/certificate';

import type { FileRecord } from '../persistence/file.entity';
import type { JobRecord } from '../persistence/job-record';
import type { Reconciled } from '../persistence/reconciliation';

/** A file in the manifest (MF-09 to MF-12). */
export interface ManifestFile {
  /** Left out where a file holds the types of a whole block (MF-10). */
  readonly type?: string;
  readonly url: string;
  readonly count: number;
  readonly extension: Readonly<Record<string, string | number>>;
}

/** The manifest of a complete export, in the shape of Bulk Data Access 2.0 and 3.0 (MF-01 to MF-18). */
export interface Manifest {
  readonly transactionTime: string;
  readonly request: string;
  readonly requiresAccessToken: boolean;
  /** What the blocks of the output are about (MF-07). */
  readonly outputOrganizedBy?: string;
  readonly output: readonly ManifestFile[];
  /** Left out when there is nothing (DE-02). */
  readonly deleted?: readonly ManifestFile[];
  readonly error: readonly ManifestFile[];
  /** Where more files are listed (PG-05); left out of the last manifest, and the only one. */
  readonly link?: readonly [{ readonly relation: 'next'; readonly url: string }];
  /** Left out when there is nothing to tell (MF-18). */
  readonly extension?: ManifestExtension;
}

/** Of the manifest as a whole. */
export interface ManifestExtension {
  readonly [SOURCE_TIME]?: string;
  readonly [COUNTS]?: readonly ManifestCount[];
  readonly [CERTIFICATE]?: string;
}

/** How many resources of a type the export must hold, and what became of them. */
export interface ManifestCount {
  /** Left out where files hold the types of whole blocks. */
  readonly type?: string;
  /** Counted apart from the reading. */
  readonly expected: number;
  /** In the files. */
  readonly given: number;
  /** Told of as missing in `error`; left out where that cannot say how many. */
  readonly told?: number;
}

/** What a manifest tells. */
export interface ManifestContents {
  readonly job: Pick<JobRecord, 'requestUrl' | 'transactionTime' | 'sourceTime' | 'parameters'>;
  readonly files: readonly ListedFile[];
  /** False where the URLs of the files can be used by whoever has them (MF-06). */
  readonly requiresAccessToken: boolean;
  /** By type; undefined or empty where nothing was counted, or while that is not known to the end. */
  readonly counts: ReadonlyMap<string, Reconciled> | undefined;
  /** URL of the next page. */
  readonly next: string | undefined;
}

export type ListedFile = FileRecord & { readonly url: string };

/** Names of the members of `extension`: what a client needs to check a download. */
export const SHA256 = 'urn:ehr-bulk-data:sha256';
export const BYTES = 'urn:ehr-bulk-data:bytes';
/** As the two above, of the file as it is stored: one or more gzip members. */
export const GZIP_SHA256 = 'urn:ehr-bulk-data:gzip-sha256';
export const GZIP_BYTES = 'urn:ehr-bulk-data:gzip-bytes';

/** Of the manifest as a whole: the EHR's instant up to which its record is contained in the export. */
export const SOURCE_TIME = 'urn:ehr-bulk-data:source-time';
/** Of the last manifest of an export: how many resources it must hold, has, and tells of as missing. */
export const COUNTS = 'urn:ehr-bulk-data:counts';

/** Every file once; types without resources have none (MF-13). `error` is never left out (MF-16). */
export function manifest(contents: ManifestContents): Manifest {
  const { job, files, requiresAccessToken, next } = contents;
  const extension = extensionOf(contents);
  if (job.transactionTime === undefined) throw new Error('The job has no transactionTime.');
  const { organizeBy } = job.parameters;
  const section = (name: FileRecord['section']): readonly ManifestFile[] =>
    files
      .filter((file) => file.section === name)
      .map((file) => ({
        ...(name === 'output' && organizeBy ? {} : { type: file.type }),
        url: file.url,
        count: file.resources,
        extension: checks(file),
      }));
  const deleted = section('deleted');
  return {
    transactionTime: job.transactionTime,
    request: job.requestUrl,
    requiresAccessToken,
    ...(organizeBy ? { outputOrganizedBy: organizeBy } : {}),
    output: section('output'),
    ...(deleted.length > 0 ? { deleted } : {}),
    error: section('error'),
    ...(next === undefined ? {} : { link: [{ relation: 'next', url: next }] as const }),
    ...(Object.keys(extension).length === 0 ? {} : { extension }),
  };
}

function extensionOf({ job, counts }: ManifestContents): ManifestExtension {
  const counted = [...(counts ?? [])].map(([type, { expected, given, told }]) => ({
    ...(type !== '*' && { type }),
    ...{ expected, given },
    ...(told !== undefined && { told }),
  }));
  return {
    ...(job.sourceTime !== undefined && { [SOURCE_TIME]: job.sourceTime }),
    ...(counted.length > 0 && { [COUNTS]: counted }),
  };
}

/** What is not known is left out: a file of packed members has no hash of its NDJSON. */
function checks(file: FileRecord): ManifestFile['extension'] {
  return {
    ...(file.sha256 && { [SHA256]: file.sha256.toString('hex') }),
    [BYTES]: file.bytes,
    ...(file.storedSha256 && {
      [GZIP_SHA256]: file.storedSha256.toString('hex'),
      [GZIP_BYTES]: file.storedBytes,
    }),
  };
}
