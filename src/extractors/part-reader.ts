import type { ByteSink, FileLimits, GzipFile, NdjsonFile } from '@app/ndjson';

import type { TypeEstimate } from '../cohort';
import type { PartContent } from './part-content';
import type { ExportScope } from './resource-extractor';

/** Injection token of the reader of parts. */
export const PART_READER = Symbol('PartReader');

/** Gives what a part of an export holds, as files. */
export interface PartReader {
  /**
   * Writes what `content` gives of `scope` to files. Whatever goes wrong, no file stays half-written.
   *
   * @throws the reason of `signal`, or the first failure of PostgreSQL or of writing
   */
  read(
    content: PartContent,
    scope: ExportScope,
    output: PartOutput,
    signal: AbortSignal,
  ): Promise<readonly PartFile[]>;
  /** True when one part that gives all of a type is done sooner than many. @param scope of all of it */
  prefersOnePart(estimate: TypeEstimate, scope: ExportScope): Promise<boolean>;
}

/** Where the files of a part go. */
export interface PartOutput {
  readonly limits: FileLimits;
  /** Leave out rows without content, which no line can be made of. */
  readonly onlyReadable: boolean;
  /** Begins a file. What is written to it is stored as it is. @param name of the file, within the part */
  create(name: string): Promise<ByteSink>;
  /** Is told where the number of bytes written so far comes from. */
  measure(writtenBytes: () => number): void;
  /** Is told what is waited for, or done, from now on. */
  enter(step: ReadingStep): void;
}

/** A connection is waited for, a replica that is behind, or a statement runs. */
export type ReadingStep = 'connection' | 'replica' | 'statement';

/** A finished file of a part. */
export type PartFile = (NdjsonFile | GzipFile) & {
  readonly name: string;
  readonly encoding: 'identity' | 'gzip';
};

/** What `write` gives, once nothing asks to stop; on any failure the files are aborted. */
export async function finishing<T>(
  files: { abort(): Promise<void> },
  signal: AbortSignal,
  write: () => Promise<T>,
): Promise<T> {
  try {
    const written = await write();
    signal.throwIfAborted();
    return written;
  } catch (error) {
    await files.abort();
    throw error;
  }
}
