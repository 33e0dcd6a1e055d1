import { open } from 'node:fs/promises';

import { Injectable } from '@nestjs/common';

import { findInputFiles, type InputFile } from '../reading/input-files';
import { LoadError } from '../reading/loader.errors';
import type { BatchReceipt } from './change-batch';
import { FeedWriter } from './feed-writer.service';
import { BatchTooLargeError, UnreadableBatchError } from './feed.errors';
import { Feeds } from './feeds.service';
import { fileDigest } from './file-digest';

/** What is pushed: each file is a batch. */
export interface Push {
  readonly feed: string;
  readonly paths: readonly string[];
  /** Holds once the last file is in. */
  readonly upTo: string | undefined;
}

/** A file and what became of it. */
export interface Pushed {
  readonly file: string;
  readonly receipt: BatchReceipt;
}

/** Takes files on disk in as the next batches of a feed. */
@Injectable()
export class BatchPusher {
  constructor(
    private readonly writer: FeedWriter,
    private readonly feeds: Feeds,
  ) {}

  /**
   * Takes the files in, one after the other, and tells of each as it is in. When the last batches of the
   * feed were these same files, from the first one on, they count as those batches: whoever pushes again
   * after a failure goes on where it was.
   *
   * @throws LoadError when a file cannot be read, is no NDJSON or is too large; what FeedWriter.take throws
   */
  async *push({ feed, paths, upTo }: Push): AsyncGenerator<Pushed> {
    const files = await findInputFiles(paths);
    const other = files.find(({ kind }) => kind !== 'ndjson');
    if (other) throw new LoadError(`${other.path} is no NDJSON: name it *.ndjson or *.ndjson.gz.`);
    let sequence = await this.firstNumber(feed, files);
    for (const [index, file] of files.entries()) {
      const isLast = index === files.length - 1;
      const receipt = await this.take(file, { feed, sequence, upTo: isLast ? upTo : undefined });
      yield { file: file.path, receipt };
      sequence += 1n;
    }
  }

  private async take(
    { path, isCompressed, bytes }: InputFile,
    batch: { readonly feed: string; readonly sequence: bigint; readonly upTo: string | undefined },
  ): Promise<BatchReceipt> {
    const file = await open(path);
    try {
      return await this.writer.take({
        ...batch,
        by: 'operator',
        file: { descriptor: file.fd, isCompressed, bytes },
      });
    } catch (error) {
      const isOfFile = error instanceof UnreadableBatchError || error instanceof BatchTooLargeError;
      throw isOfFile ? new LoadError(`${path}: ${error.message}`, { cause: error }) : error;
    } finally {
      await file.close();
    }
  }

  /** The number of the batch that the first file is, or is to be. */
  private async firstNumber(feed: string, files: readonly InputFile[]): Promise<bigint> {
    const position = await this.feeds.position(feed);
    const taken = await this.feeds.lastDigests(feed, files.length);
    const digests: Buffer[] = [];
    for (let start = 0; start < taken.length; start += 1) {
      if (await areThese(taken.slice(start), files, digests)) {
        return position - BigInt(taken.length - start) + 1n;
      }
    }
    return position + 1n;
  }
}

/** @param known digests of the first files, as far as they had to be read; grows */
async function areThese(
  taken: readonly Buffer[],
  files: readonly InputFile[],
  known: Buffer[],
): Promise<boolean> {
  for (const [index, digest] of taken.entries()) {
    const file = files[index];
    if (!file) return false;
    const own = (known[index] ??= await fileDigest(file));
    if (!own.equals(digest)) return false;
  }
  return true;
}
