import type { Client } from 'pg';

import type { LocalReference } from '@app/fhir';

import { type LoadCounts, UNKNOWN_TYPE } from '../load-counts';
import type { Rejections } from '../load.types';
import { isBundleOfChanges } from '../reading/bundle-line';
import { type BundleResource, readBundle } from '../reading/bundle-reader';
import { readFileBytes } from '../reading/file-bytes';
import type { InputFile } from '../reading/input-files';
import { skipSpace } from '../reading/json-scan';
import { type Line, readLines } from '../reading/line-reader';
import { InvalidResourceError, UnreadableFileError } from '../reading/loader.errors';
import { prepareResource, type PrepareOptions } from '../reading/prepare-resource';
import { readWaiting } from '../reading/waiting-links';
import type { CopyRows } from './copy-rows';
import { Origins } from './origins';
import type { SideStaging } from './side-staging';
import { openStaging, stageRow, stageUnchanged } from './staging';
import { type SiftedLines, type UnchangedLines, unsifted } from './unchanged-lines';

/** PostgreSQL takes values up to 1 GB; a quarter leaves room for what it does with them. */
const MAX_LINE_BYTES = 256 * 1024 * 1024;
const MAX_BUNDLE_BYTES = 1024 * 1024 * 1024;
/**
 * A COPY ends after this much and the next begins: each is a write transaction, and an export that
 * is planned meanwhile waits for those that are open.
 */
const COPY_BYTES = 64 * 1024 * 1024;

/** Smaller files are parsed: asking what is stored is another round. */
const UNCHANGED_FROM_BYTES = 64 * 1024;

export interface StagerOptions extends PrepareOptions {
  readonly counts: LoadCounts;
  readonly rejects: Rejections;
  readonly side: SideStaging;
  /** Finds lines that need not be parsed. */
  readonly unchanged: UnchangedLines | undefined;
  /** The load has several files, Bundles among them, which may tell what others mean. */
  readonly hasOthers: boolean;
  /** Told how many more bytes were read from disk. */
  readonly onRead: (bytes: number) => void;
  /** Given the input as it is read, unpacked; what it throws ends the reading. */
  readonly onText?: (chunk: Buffer) => void;
  /** A file that cannot be read to its end fails all; else what was read before stands. */
  readonly isAllOrNothing?: boolean;
  /** Longer lines are rejected; in bytes. */
  readonly maxLineBytes?: number;
}

/** Reads input files into staging. A row's sequence number tells the file and line it came from. */
export class Stager {
  /** Bytes of resources, unpacked. */
  bytes = 0;
  /** References by urn or by search that lead nowhere. */
  danglingReferences = 0;
  /** True when staged rows wait for what other files of the load say. */
  hasWaiting = false;
  /** True when there are histories or deletions, of which the latest counts. */
  hasHistory = false;
  private sequence = 0;
  private rows: CopyRows;
  readonly origins = new Origins();

  constructor(
    private readonly client: Client,
    private readonly options: StagerOptions,
  ) {
    this.rows = openStaging(client);
  }

  /** Stages every file, in order. */
  async stage(files: readonly InputFile[]): Promise<void> {
    try {
      for (const file of files) {
        this.origins.beginFile(file, this.sequence);
        await this.stageFile(file);
      }
      await this.rows.end();
      await this.options.side.flush(true);
    } catch (error) {
      this.rows.abort();
      throw error;
    }
  }

  /** True when a staged row was an entry of a Bundle. */
  isEntry(sequence: number): boolean {
    return this.origins.isEntry(sequence);
  }

  /** Reports a staged row as rejected after all. */
  reject(sequence: number, reason: string, reference?: string): void {
    const { file, line } = this.origins.placeOf(sequence);
    this.options.rejects.add({
      file,
      line,
      reason,
      ...(reference === undefined ? {} : { reference }),
    });
  }

  private async stageFile(file: InputFile): Promise<void> {
    try {
      if (file.kind === 'ndjson') await this.stageLines(file);
      else await this.stageBundle(file);
    } catch (error) {
      const isTold = error instanceof UnreadableFileError || error instanceof InvalidResourceError;
      if (!isTold || (this.options.isAllOrNothing && error instanceof UnreadableFileError))
        throw error;
      this.sequence += 1;
      this.rejectRow(error.message);
    }
  }

  private async stageLines(file: InputFile): Promise<void> {
    const { maxLineBytes = MAX_LINE_BYTES } = this.options;
    const batches = readLines(this.readBytes(file), maxLineBytes);
    for await (const { lines, unchanged } of this.sift(batches, file)) {
      for (const [index, { text }] of lines.entries()) {
        this.sequence += 1;
        const key = unchanged.get(index);
        if (text && key && !this.options.bases.mayBeIn(text)) this.stageUnchanged(text, key);
        else if (text === undefined) this.rejectRow(`longer than ${sizeOf(maxLineBytes)}`);
        else if (isBundleOfChanges(text)) await this.stageBundleLine(text);
        else if (skipSpace(text, 0) < text.length) this.stageText(text, false);
        if (this.rows.isFull) await this.send();
      }
    }
  }

  /** Small files are not worth another question; where meta is kept, or others tell more, it is no answer. */
  private sift(
    batches: AsyncIterable<readonly Line[]>,
    { bytes }: InputFile,
  ): AsyncIterable<SiftedLines> {
    const { keepMeta, hasOthers, unchanged } = this.options;
    const isDue = !keepMeta && !hasOthers && bytes > UNCHANGED_FROM_BYTES;
    return unchanged && isDue ? unchanged.sift(batches) : unsifted(batches);
  }

  private stageUnchanged(text: Buffer, key: LocalReference): void {
    this.bytes += text.length;
    stageUnchanged(this.rows, this.sequence, key);
    this.options.counts.add(key.type, 'read');
  }

  /** A Bundle of changes on a line, as Bulk Data tells deletions; each entry is a row of this line. */
  private async stageBundleLine(text: Buffer): Promise<void> {
    this.sequence -= 1;
    this.origins.beginBundle(this.sequence);
    const before = this.sequence;
    try {
      await this.stageEntries(text);
    } catch (error) {
      if (!(error instanceof InvalidResourceError)) throw error;
      this.sequence += 1;
      this.rejectRow(error.message, 'Bundle');
    }
    // A line is passed also by a Bundle that holds nothing.
    this.sequence = Math.max(this.sequence, before + 1);
    this.origins.endBundle(this.sequence, !this.hasWaiting);
  }

  private async *readBytes(file: InputFile): AsyncGenerator<Buffer> {
    for await (const chunk of readFileBytes(file, this.options.onRead)) {
      this.options.onText?.(chunk);
      yield chunk;
    }
  }

  private async stageBundle(file: InputFile): Promise<void> {
    const chunks: Buffer[] = [];
    let bytes = 0;
    for await (const chunk of this.readBytes(file)) {
      bytes += chunk.length;
      if (bytes > MAX_BUNDLE_BYTES) throw new InvalidResourceError('longer than 1 GiB');
      chunks.push(chunk);
    }
    await this.stageEntries(Buffer.concat(chunks));
  }

  private async stageEntries(text: Buffer): Promise<void> {
    const entries = readBundle(text, ({ targets, bases }) => {
      for (const base of bases) this.options.bases.add(base);
      if (!this.options.hasOthers) return;
      for (const [url, target] of targets) this.options.side.addAddress(url, target);
    });
    for (const entry of entries) {
      this.sequence += 1;
      this.stageEntry(entry);
      await this.options.side.flush(false);
      if (this.rows.isFull) await this.send();
    }
  }

  private stageEntry({ text, deleted, fault, place }: BundleResource): void {
    this.hasHistory ||= place !== undefined || deleted !== undefined;
    if (fault !== undefined) this.rejectRow(fault);
    else if (deleted) {
      this.options.counts.add(deleted.type, 'read');
      this.options.side.addDeletion(this.sequence, deleted, place);
    } else if (text) this.stageText(text, true, place);
  }

  private async send(): Promise<void> {
    await this.rows.flush();
    if (this.rows.bytesSent < COPY_BYTES) return;
    await this.rows.end();
    this.rows = openStaging(this.client);
  }

  private stageText(text: Buffer, isEntry: boolean, place?: bigint): void {
    this.bytes += text.length;
    const seq = this.sequence;
    try {
      const resource = prepareResource(text, this.options);
      const conditions = this.readConditions(text, isEntry);
      if (conditions.length === 0) stageRow(this.rows, { seq, place, resource });
      else {
        this.hasWaiting = true;
        // Its references are not known yet, and with them nothing that is derived from the text.
        const pending = { ...resource, content: { front: undefined, rest: text } };
        stageRow(this.rows, { seq, place, resource: pending, conditions });
      }
      this.options.counts.add(resource.type, 'read');
    } catch (error) {
      if (!(error instanceof InvalidResourceError)) throw error;
      this.rejectRow(error.reason, error.type);
    }
  }

  private readConditions(text: Buffer, isEntry: boolean): readonly string[] {
    const { hasOthers, bases } = this.options;
    if (!isEntry && !hasOthers) return [];
    const { keys, dangling } = readWaiting(text, { isEntry, hasOthers, bases });
    this.danglingReferences += dangling;
    return keys;
  }

  private rejectRow(reason: string, type = UNKNOWN_TYPE): void {
    this.options.counts.add(type, 'read');
    this.options.counts.add(type, 'rejected');
    this.reject(this.sequence, reason, type === UNKNOWN_TYPE ? undefined : type);
  }
}

function sizeOf(bytes: number): string {
  return bytes % 1024 ** 2 === 0 ? `${bytes / 1024 ** 2} MiB` : `${bytes} bytes`;
}
