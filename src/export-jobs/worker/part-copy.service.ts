import { Inject, Injectable } from '@nestjs/common';

import { type ByteSink, CopyFormatError, type FileLimits } from '@app/ndjson';

import { type Config, CONFIG } from '../../config';
import {
  type BadRows,
  Extraction,
  PART_READER,
  type PartFile,
  type PartOutput,
  type PartReader,
} from '../../extractors';
import { FILE_STORAGE, type FileStorage, type StoredFileWriter } from '../../storage';
import type { ClaimedPart } from '../persistence/job-record';
import { PartRecords, type WrittenFile } from '../persistence/part-records.service';
import { attemptPrefix } from '../storage-keys';
import { StorageWriteError } from './attempt.errors';
import { FaultInjection } from './fault-injection.service';
import type { MissingCount } from './part-failure';
import type { AttemptReport } from './part-lease';
import { portionOf, scopeOf } from './part-scope';

/** What an attempt has copied. */
export interface Copied {
  readonly files: readonly WrittenFile[];
  /** Rows without content, which were left out. */
  readonly badRows: BadRows;
}

/** One try at writing a part's files. */
interface Attempt {
  readonly report: AttemptReport;
  readonly written: string[];
  /** False: rows that are no lines are left out. */
  readonly complete: boolean;
}

/** Copies the resources of a part to files. */
@Injectable()
export class PartCopy {
  constructor(
    private readonly extraction: Extraction,
    @Inject(PART_READER) private readonly reader: PartReader,
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
    report: AttemptReport,
    signal: AbortSignal,
    written: string[],
  ): Promise<Copied> {
    await this.faults.beforeReading(part, signal);
    try {
      return {
        files: await this.read(part, { report, written, complete: true }, signal),
        badRows: { count: 0, onlyId: undefined },
      };
    } catch (error) {
      // A row that is no line will not become one: what can be read is delivered, the rest counted.
      if (!(error instanceof CopyFormatError)) throw error;
      await this.remove(written.splice(0));
      const badRows = await this.extraction.badRows(portionOf(part), scopeOf(part));
      return {
        files: await this.read(part, { report, written, complete: false }, signal),
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

  private async read(
    part: ClaimedPart,
    { report, written, complete }: Attempt,
    signal: AbortSignal,
  ): Promise<readonly WrittenFile[]> {
    const prefix = attemptPrefix(part);
    const output: PartOutput = {
      limits: this.limits(),
      onlyReadable: !complete,
      create: (name) => {
        written.push(`${prefix}${name}`);
        return this.begin(part, `${prefix}${name}`);
      },
      measure: (writtenBytes) => {
        report.measure(writtenBytes);
      },
      enter: (step) => {
        report.enter(step);
      },
    };
    const asked = scopeOf(part);
    const plan = { ...asked.plan, replicaPosition: await this.replicaPosition(part) };
    const files = await this.reader.read(portionOf(part), { ...asked, plan }, output, signal);
    return files.map((file) => this.recordOf(part, `${prefix}${file.name}`, file));
  }

  private recordOf(part: ClaimedPart, storageKey: string, file: PartFile): WrittenFile {
    const { lines: resources, bytes, sha256, storedBytes, storedSha256, encoding } = file;
    const section = part.kind === 'deleted' ? 'deleted' : 'output';
    const { encrypts: encrypted } = this.storage;
    const read = { bytes, sha256, storedBytes, storedSha256, encoding, encrypted };
    return { section, type: part.type, storageKey, resources, ...read };
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

  private async begin(part: ClaimedPart, key: string): Promise<ByteSink> {
    return refusalsNamed(async () => {
      this.faults.beforeWriting(part);
      const writer: StoredFileWriter = await this.storage.create(key);
      return {
        write: (chunks: readonly Buffer[]) => refusalsNamed(() => writer.write(chunks)),
        publish: () => refusalsNamed(() => writer.publish()),
        abort: () => writer.abort(),
      };
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
