import { Inject, Injectable } from '@nestjs/common';

import {
  type ByteSink,
  CopyFormatError,
  type FileLimits,
  type GzipFile,
  GzipFiles,
  gzipSink,
  type NdjsonFile,
  NdjsonFiles,
} from '@app/ndjson';

import { type Config, CONFIG } from '../../config';
import { type BadRows, Extraction } from '../../extractors';
import { PackedCopy } from '../../packed-segments';
import { FILE_STORAGE, type FileStorage, type StoredFileWriter } from '../../storage';
import type { FileEncoding } from '../persistence/file.entity';
import type { ClaimedPart } from '../persistence/job-record';
import { PartRecords, type WrittenFile } from '../persistence/part-records.service';
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
  readonly badRows: BadRows;
}

/** One try at writing a part's files. */
interface Attempt {
  readonly lease: PartLease;
  readonly written: string[];
  /** False: rows that are no lines are left out. */
  readonly complete: boolean;
}

/** Copies the resources of a part to files. */
@Injectable()
export class PartCopy {
  // Nest asks for every dependency in the constructor.

  constructor(
    private readonly extraction: Extraction,
    private readonly packed: PackedCopy,
    private readonly faults: FaultInjection,
    private readonly records: PartRecords,
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
        badRows: { count: 0, onlyId: undefined },
      };
    } catch (error) {
      // A row that is no line will not become one: what can be read is delivered, the rest counted.
      if (!(error instanceof CopyFormatError)) throw error;
      await this.remove(written.splice(0));
      const badRows = await this.extraction.badRows(portionOf(part), scopeOf(part));
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
    attempt: Attempt,
    signal: AbortSignal,
  ): Promise<readonly WrittenFile[]> {
    return (
      (attempt.complete && (await this.writePacked(part, attempt, signal))) ||
      (await this.writeRows(part, attempt, signal))
    );
  }

  private async writeRows(
    part: ClaimedPart,
    attempt: Attempt,
    signal: AbortSignal,
  ): Promise<readonly WrittenFile[]> {
    const encoding = this.config.export.fileEncoding;
    const key = keyOf(part, attempt.complete ? '' : '.readable', encoding);
    const files = new NdjsonFiles((index) => {
      attempt.written.push(key(index));
      return this.begin(part, key(index), encoding);
    });
    attempt.lease.measure(() => files.bytes);
    const output = { files, limits: this.limits(), onlyReadable: !attempt.complete };
    return finished(files, signal, async () => {
      const asked = scopeOf(part);
      const plan = { ...asked.plan, replicaPosition: await this.replicaPosition(part) };
      const scope = { ...asked, plan };
      await this.extraction.copy(portionOf(part), scope, output, signal);
      return (await files.finish()).map((file) => ({
        ...this.common(part, key(file.index), file),
        encoding,
      }));
    });
  }

  /** Undefined when nothing is packed that the part could be made of. */
  private async writePacked(
    part: ClaimedPart,
    attempt: Attempt,
    signal: AbortSignal,
  ): Promise<readonly WrittenFile[] | undefined> {
    const [portion, scope] = [portionOf(part), scopeOf(part)];
    if (!this.packed.applies(portion, scope)) return undefined;
    const key = keyOf(part, '.packed', 'gzip');
    const limits = this.limits();
    const files = new GzipFiles((index) => {
      attempt.written.push(key(index));
      return this.begin(part, key(index), 'identity');
    }, limits);
    attempt.lease.measure(() => files.bytes);
    return finished(files, signal, async () => {
      if (!(await this.packed.copy(portion, scope, { files, limits }, signal))) return undefined;
      return (await files.finish()).map((file) => ({
        ...this.common(part, key(file.index), file),
        encoding: 'gzip',
      }));
    });
  }

  private common(
    part: ClaimedPart,
    storageKey: string,
    file: NdjsonFile | GzipFile,
  ): Omit<WrittenFile, 'encoding'> {
    const { lines: resources, bytes, sha256, storedBytes, storedSha256 } = file;
    const section = part.kind === 'deleted' ? 'deleted' : 'output';
    const { encrypts: encrypted } = this.storage;
    const written = { bytes, sha256, storedBytes, storedSha256, encrypted };
    return { section, type: part.type, storageKey, resources, ...written };
  }

  private limits(): FileLimits {
    const { fileMaxBytes: maxBytes, fileMaxResources: maxLines } = this.config.export;
    return { maxBytes, maxLines };
  }

  /** A later attempt reads the primary, which no replica's fault can disturb. */
  private async replicaPosition(part: ClaimedPart): Promise<string | undefined> {
    if (this.config.database.readUrl === undefined || part.attempts > 1) return undefined;
    return this.records.replicaPosition(part);
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

/** What `write` gives; whatever goes wrong, nothing half-written stays. */
async function finished<T>(
  files: NdjsonFiles | GzipFiles,
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

function keyOf(
  part: ClaimedPart,
  suffix: string,
  encoding: FileEncoding,
): (index: number) => string {
  const extension = encoding === 'gzip' ? '.gz' : '';
  return (index) => `${attemptPrefix(part)}${suffix}.${index}.ndjson${extension}`;
}
