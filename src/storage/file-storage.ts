import type { Readable } from 'node:stream';

/** Injection token of the FileStorage. */
export const FILE_STORAGE = Symbol('FileStorage');

/** A file being written. Nothing of it can be read before `publish` has resolved. */
export interface StoredFileWriter {
  /** Appends bytes, in order. The buffers may be reused once the promise has resolved. */
  write(chunks: readonly Buffer[]): Promise<void>;
  /** Makes the file durable and visible under its key, in one step. */
  publish(): Promise<void>;
  /** Gives the file up and removes its bytes. Safe after a failed write, and twice. */
  abort(): Promise<void>;
}

/** Bytes `start` to `end`, both included, as in an HTTP range. */
export interface ByteRange {
  readonly start: number;
  readonly end: number;
}

export interface StoredFile {
  /** Size of the whole file in bytes. */
  readonly size: number;
  /** The file's bytes, or those of the range asked for. Stays readable when the file is removed meanwhile. */
  readonly stream: Readable;
}

/** How a presigned URL answers, and for how long. */
export interface PresignOptions {
  /** When it is signed: a storage refuses what a host signs whose clock is off. */
  readonly at: Date;
  /** Seconds from then. */
  readonly lifetime: number;
  readonly contentType: string;
  /** Undefined for a file that is stored as it is. */
  readonly contentEncoding: string | undefined;
  /** Name that a browser saves the file under. */
  readonly fileName: string;
}

/**
 * Where export files lie. Keys are relative paths of ASCII letters, digits, `.`, `_`, `-` and `/`;
 * anything else, and `..`, is refused with InvalidStorageKeyError by every driver.
 */
export interface FileStorage {
  /** Whether we encrypt what is written. `open` wants to be told it of each file again. */
  readonly encrypts: boolean;
  /** Begins a file. A key is written once; writing it again replaces the file at `publish`. */
  create(key: string): Promise<StoredFileWriter>;
  /**
   * @param encrypted what `encrypts` was when the file was written; undefined when nobody has noted it
   * @returns undefined when there is no such file
   * @throws StorageIntegrityError, as does the stream, when the file is not what was written
   */
  open(key: string, range?: ByteRange, encrypted?: boolean): Promise<StoredFile | undefined>;
  /** Published keys below `prefix/`, in no order. */
  list(prefix: string): Promise<readonly string[]>;
  /** Removes one file. Succeeds when it is not there. */
  remove(key: string): Promise<void>;
  /** Removes everything below `prefix/`, unpublished bytes included. Succeeds when nothing is there. */
  removePrefix(prefix: string): Promise<void>;
  /**
   * Removes the bytes of files that were begun below `prefix/` and not published, of those keys that
   * `abandoned` names. For writers that are dead: others may fail, or publish all the same.
   */
  removeUnpublished(prefix: string, abandoned: (key: string) => boolean): Promise<void>;
  /** Names directly below `prefix/` that have something below them, in no order. */
  folders(prefix: string): Promise<readonly string[]>;
  /** When something below `prefix/` was last written; undefined when nothing is there. */
  lastModified(prefix: string): Promise<Date | undefined>;
  /**
   * A URL that gives the file to whoever has it, without a token (FR-06). Undefined from drivers, or
   * configurations, whose files come through the api alone.
   */
  presign(key: string, options: PresignOptions): Promise<string | undefined>;
}
