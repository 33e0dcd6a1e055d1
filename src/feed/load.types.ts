/** How to load; every member has a default. */
export interface LoadOptions {
  /**
   * Leave meta.versionId and meta.lastUpdated as received. They also decide which of several versions is
   * the latest, and the store's own times until the first export is planned (ADR 0031).
   */
  readonly keepMeta?: boolean;
  /**
   * Given the ids of all Patients of the input that are stored now, changed or not, each once, when
   * everything is merged. The ids are read as they are asked for.
   */
  readonly onPatients?: (ids: AsyncIterable<string>) => Promise<void>;
  /** Where rejections are reported; default `load-rejects-<time>.ndjson` in the working folder. */
  readonly rejectsFile?: string;
  /** The server's own base URLs: absolute references under them are local. */
  readonly bases?: readonly string[];
  /** Base URLs of other servers whose resources these are, under the same ids; kept for later loads. */
  readonly otherBases?: readonly string[];
  /** Of these types the input is a full extract: what it has not got is deleted. */
  readonly complete?: CompleteInput;
  /** Reads and compares, and leaves the store as it is. */
  readonly isDryRun?: boolean;
  /** Told as the load goes on, many times a second: thin it out before showing it. */
  readonly onProgress?: (progress: LoadProgress) => void;
}

export interface LoadProgress {
  readonly phase: 'waiting' | 'reading' | 'resolving' | 'merging';
  /** Bytes read from disk, of all. */
  readonly bytesRead: number;
  readonly bytesTotal: number;
  /** The resource type at hand while merging. */
  readonly type?: string;
}

/** What became of the resources of one type; `read` is the sum of the others. */
export interface TypeCounts {
  read: number;
  new: number;
  changed: number;
  unchanged: number;
  /** Versions older than the latest, which have joined the history. */
  history: number;
  /** Earlier occurrences of a resource that the input holds more than once. */
  repeated: number;
  rejected: number;
}

export interface LoadSummary {
  /** By resource type, sorted; lines whose type is unknown are under `(unknown)`. */
  readonly types: ReadonlyMap<string, Readonly<TypeCounts>>;
  /** Bytes of resources read, unpacked. */
  readonly bytes: number;
  readonly seconds: number;
  readonly rejected: number;
  /** The rejects report, when there is one. */
  readonly rejectsFile: string | undefined;
  /** The first rejection for each of the first few reasons. */
  readonly rejections: readonly Rejection[];
  /** References by urn or by search that name no single resource and were left as they are. */
  readonly unresolvedReferences: number;
  /** Resources of the input that name patients whom the store cannot find. */
  readonly unresolvedPatients: readonly UnresolvedCount[];
  /** Stored resources that were deleted: by the input, or as a full extract has not got them. */
  readonly deleted: number;
  /** What full extracts say is gone, in the order in which the types were named. */
  readonly complete: readonly CompleteType[];
  readonly isDryRun: boolean;
}

/** A line that was not loaded, or an entry of a Bundle by its number. */
export interface Rejection {
  readonly file: string;
  readonly line: number;
  /** Quotes no content. */
  readonly reason: string;
  /** `Type/id`, or `Type` alone, as far as it could be read. */
  readonly reference?: string;
}

/** Takes note of what is rejected. */
export interface Rejections {
  add(rejection: Rejection): void;
}

/** Resources of a type whose references to patients cannot be resolved for the same reason. */
export interface UnresolvedCount {
  readonly type: string;
  /** `missing` when the patient is not stored, else why the reference cannot be looked up. */
  readonly kind: string;
  /** Of absolute references to Patients: the base that is not known. */
  readonly base: string;
  readonly resources: number;
  /** Up to three places, as `file:line`. */
  readonly examples: readonly string[];
}

/** The most resources of a type that may be missing: a number, or a share of those stored. */
export type MaxDeletes = { readonly count: number } | { readonly percent: number };

/** Types of which the input is a full extract. */
export interface CompleteInput {
  readonly types: readonly string[];
  readonly maxDeletes: MaxDeletes;
  /** When the extract was begun: what was written to the store since then stays as it is. */
  readonly asOf?: string | undefined;
}

/** What a full extract of a type says is gone. */
export interface CompleteType {
  readonly type: string;
  readonly stored: number;
  /** Resources of this type in the input, each counted once. */
  readonly input: number;
  /** Stored resources that the input has not got, without the later ones. */
  readonly missing: number;
  /** Stored resources that the input has not got, as they were written after it was begun. */
  readonly later: number;
  /** The most that may be deleted. */
  readonly allowed: number;
  /** `held`: something was rejected that may be of this type, so nothing is deleted. */
  readonly outcome: 'deleted' | 'held' | 'beyond';
}
