import type { TypeCounts } from '../load.types';
import type { InputFile } from '../reading/input-files';

/** A numbered batch of changes: NDJSON of resources, and of Bundles that delete, in a file. */
export interface ChangeBatch {
  readonly feed: string;
  /** 1, 2, 3 and so on, without gaps. */
  readonly sequence: bigint;
  /** The EHR's instant up to which its record is contained once this batch is in. */
  readonly upTo?: string | undefined;
  /** Where a follower goes on afterwards; kept together with the batch. Left as it is when undefined. */
  readonly cursor?: unknown;
  /** Base URL of the server that it comes from: what points there points at a resource of this store. */
  readonly base?: string;
  readonly file: BatchFile;
  /**
   * The app that has sent it, with its request, or the operator: goes on record together with the batch.
   * Undefined for a follower.
   */
  readonly by?: { readonly appId: string; readonly requestId: string } | 'operator';
}

export interface BatchFile {
  /** Read from its start and left open. */
  readonly descriptor: number;
  readonly isCompressed: boolean;
  /** Size on disk. */
  readonly bytes: number;
}

/** What became of a batch; the same again for a batch that comes again. */
export interface BatchReceipt {
  readonly feed: string;
  readonly sequence: bigint;
  readonly upTo: string | undefined;
  /** By resource type. */
  readonly types: Readonly<Record<string, TypeCounts>>;
  /** Stored resources that were deleted. */
  readonly deleted: number;
  readonly rejected: number;
  /** False for a batch that had been taken in before. */
  readonly isNew: boolean;
}

/** A batch as input, named in reports by its place. */
export function inputOf({ feed, sequence, file }: ChangeBatch): InputFile {
  return { path: `feeds/${feed}/batches/${sequence}`, kind: 'ndjson', ...file };
}
