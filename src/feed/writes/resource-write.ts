/** One resource that a client puts or deletes. */
export interface ResourceWrite {
  readonly type: string;
  readonly id: string;
  /** JSON on one line; undefined deletes. */
  readonly line: Buffer | undefined;
  /** It stays as it is stored, for its creation was asked for on condition that there is none. */
  readonly isKept?: boolean;
  /** The version that must be stored, or that none may be; undefined: whatever there is. */
  readonly expected: bigint | 'none' | undefined;
  /** Whether the answer has the resource as it is stored. */
  readonly wantsContent: boolean;
}

/** A resource as it is stored after a write. */
export interface StoredVersion {
  /** `Type/id`. */
  readonly key: string;
  readonly version: string;
  readonly lastUpdated: Date;
  /** Of writes that want it. */
  readonly content: string | undefined;
}

/** What became of a write, told after the commit. */
export type WriteResult =
  | { readonly kind: 'stored'; readonly stored: StoredVersion; readonly isNew: boolean }
  | { readonly kind: 'gone' }
  | { readonly kind: 'unexpected'; readonly version: string | undefined }
  | { readonly kind: 'rejected'; readonly reason: string }
  /** Nothing, for another write of the same transaction has failed. */
  | { readonly kind: 'undone' };

export function keyOf({ type, id }: { readonly type: string; readonly id: string }): string {
  return `${type}/${id}`;
}
