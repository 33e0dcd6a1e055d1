import { Inject, Injectable } from '@nestjs/common';

import {
  type ByteSink,
  CopyFormatError,
  gzipSink,
  type NdjsonFile,
  NdjsonFiles,
} from '@app/ndjson';

import { type Config, CONFIG } from '../../config';
import { Extraction } from '../../extractors';
import { FILE_STORAGE, type FileStorage, type StoredFileWriter } from '../../storage';
import type { ClaimedPart, FileEncoding } from '../record/job-record';
import type { WrittenFile } from '../record/part-records.service';
import { attemptPrefix } from '../storage-keys';
import { StorageWriteError } from './attempt.errors';
import { FaultInjection } from './fault-injection.service';
import type { MissingCount } from './part-failure';
import type { PartLease } from './part-lease';
import { portionOf, scopeOf } from './part-scope';

/** What an attempt has copied. */
export interface Copied {
  readonly files: readonly WrittenFile[];
  /** Rows without content, which were left out. */
  readonly badRows: number;
}

/** Copies the resources of a part to files. */
@Injectable()
export class PartCopy {
  constructor(
    private readonly extraction: Extraction,
    private readonly faults: FaultInjection,
    @Inject(FILE_STORAGE) private readonly storage: FileStorage,
    @Inject(CONFIG) private readonly config: Config,
  ) {}

  /**
   * @param written filled with the keys of all files begun, so that a failed attempt can remove them
   * @throws StorageWriteError, a failure of PostgreSQL, or the reason of `signal`
   */
  async copy(
    part: ClaimedPart,
    lease: PartLease,
    signal: AbortSignal,
    written: string[],
  ): Promise<Copied> {
    await this.faults.beforeReading(part, signal);
    try {
      return {
        files: await this.write(part, { lease, written, complete: true }, signal),
        badRows: 0,
      };
    } catch (error) {
      // A row that is no line will not become one: what can be read is delivered, the rest counted.
      if (!(error instanceof CopyFormatError)) throw error;
      await this.remove(written.splice(0));
      const badRows = await this.extraction.countBadRows(portionOf(part), scopeOf(part));
      return {
        files: await this.write(part, { lease, written, complete: false }, signal),
        badRows,
      };
    }
  }

  /** Resources that the part should have given; undefined when the source does not say. */
  async count(part: ClaimedPart): Promise<MissingCount> {
    return this.extraction.count(portionOf(part), scopeOf(part)).catch(() => undefined);
  }

  /** Best effort: what stays behind is found by the sweeper. */
  async remove(keys: readonly string[]): Promise<void> {
    await Promise.allSettled(keys.map((key) => this.storage.remove(key)));
  }

  private async write(
    part: ClaimedPart,
    attempt: { lease: PartLease; written: string[]; complete: boolean },
    signal: AbortSignal,
  ): Promise<readonly WrittenFile[]> {
    const encoding = this.config.export.fileEncoding;
    const extension = encoding === 'gzip' ? '.gz' : '';
    const suffix = attempt.complete ? '' : '.readable';
    const key = (index: number): string =>
      `${attemptPrefix(part)}${suffix}.${index}.ndjson${extension}`;
    const files = new NdjsonFiles((index) => {
      attempt.written.push(key(index));
      return this.begin(part, key(index), encoding);
    });
    attempt.lease.measure(() => files.bytes);
    const limits = {
      maxBytes: this.config.export.fileMaxBytes,
      maxLines: this.config.export.fileMaxResources,
    };
    const output = { files, limits, onlyReadable: !attempt.complete };
    try {
      await this.extraction.copy(portionOf(part), scopeOf(part), output, signal);
      const finished = await files.finish();
      signal.throwIfAborted();
      return finished.map((file) => toWrittenFile(part, key(file.index), file, encoding));
    } catch (error) {
      await files.abort();
      throw error;
    }
  }

  private async begin(part: ClaimedPart, key: string, encoding: FileEncoding): Promise<ByteSink> {
    return refusalsNamed(async () => {
      this.faults.beforeWriting(part);
      const writer: StoredFileWriter = await this.storage.create(key);
      const stored = {
        write: (chunks: readonly Buffer[]) => refusalsNamed(() => writer.write(chunks)),
        publish: () => refusalsNamed(() => writer.publish()),
        abort: () => writer.abort(),
      };
      return encoding === 'gzip' ? gzipSink(stored) : stored;
    });
  }
}

async function refusalsNamed<T>(write: () => Promise<T>): Promise<T> {
  try {
    return await write();
  } catch (error) {
    throw new StorageWriteError(error);
  }
}

function toWrittenFile(
  part: ClaimedPart,
  storageKey: string,
  file: NdjsonFile,
  encoding: FileEncoding,
): WrittenFile {
  const { lines: resources, bytes, sha256, storedBytes } = file;
  return {
    section: part.kind === 'deleted' ? 'deleted' : 'output',
    type: part.type,
    storageKey,
    resources,
    bytes,
    sha256,
    encoding,
    storedBytes,
  };
}
