import type { Client } from 'pg';

import { readBundle } from './bundle-reader';
import { conditionalKey } from './conditional-key';
import type { CopyRows } from './copy-rows';
import { readFileBytes } from './file-bytes';
import type { InputFile } from './input-files';
import { skipSpace } from './json-scan';
import { readLines } from './line-reader';
import { rewriteReferences } from './link-rewrite';
import { type LoadCounts, UNKNOWN_TYPE } from './load-counts';
import { InvalidResourceError, UnreadableFileError } from './loader.errors';
import { prepareResource, type PrepareOptions } from './prepare-resource';
import type { RejectReport } from './reject-report';
import { openStaging, stageRow } from './staging';

/** PostgreSQL takes values up to 1 GB; a quarter leaves room for what it does with them. */
const MAX_LINE_BYTES = 256 * 1024 * 1024;
const MAX_BUNDLE_BYTES = 1024 * 1024 * 1024;
/**
 * A COPY ends after this much and the next begins: each is a write transaction, and an export that
 * is planned meanwhile waits for those that are open.
 */
const COPY_BYTES = 64 * 1024 * 1024;

export interface StagerOptions extends PrepareOptions {
  readonly counts: LoadCounts;
  readonly rejects: RejectReport;
  /** Told how many more bytes were read from disk. */
  readonly onRead: (bytes: number) => void;
}

/** Reads input files into staging. A row's sequence number tells the file and line it came from. */
export class Stager {
  /** Bytes of resources, unpacked. */
  bytes = 0;
  /** References to entries that their Bundle does not hold. */
  danglingReferences = 0;
  /** True when staged rows wait for the resolution of conditional references. */
  hasConditions = false;
  private sequence = 0;
  private rows: CopyRows;
  private readonly origins: { readonly file: InputFile; readonly first: number }[] = [];

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
        this.origins.push({ file, first: this.sequence });
        await this.stageFile(file);
      }
      await this.rows.end();
    } catch (error) {
      this.rows.abort();
      throw error;
    }
  }

  /** Reports a staged row as rejected after all. */
  reject(sequence: number, reason: string): void {
    const origin = this.origins.findLast(({ first }) => first < sequence);
    if (origin) this.options.rejects.add(origin.file.path, sequence - origin.first, reason);
  }

  private async stageFile(file: InputFile): Promise<void> {
    try {
      if (file.kind === 'ndjson') await this.stageLines(file);
      else await this.stageBundle(file);
    } catch (error) {
      if (!(error instanceof UnreadableFileError || error instanceof InvalidResourceError)) {
        throw error;
      }
      this.sequence += 1;
      this.rejectRow(error.message);
    }
  }

  private async stageLines(file: InputFile): Promise<void> {
    const chunks = readFileBytes(file, this.options.onRead);
    for await (const lines of readLines(chunks, MAX_LINE_BYTES)) {
      for (const { text } of lines) {
        this.sequence += 1;
        if (text === undefined) this.rejectRow('longer than 256 MiB');
        else if (skipSpace(text, 0) < text.length) this.stageText(text, () => []);
        if (this.rows.isFull) await this.send();
      }
    }
  }

  private async stageBundle(file: InputFile): Promise<void> {
    const chunks: Buffer[] = [];
    let bytes = 0;
    for await (const chunk of readFileBytes(file, this.options.onRead)) {
      bytes += chunk.length;
      if (bytes > MAX_BUNDLE_BYTES) throw new InvalidResourceError('longer than 1 GiB');
      chunks.push(chunk);
    }
    for (const { text } of readBundle(Buffer.concat(chunks))) {
      this.sequence += 1;
      if (text === undefined) this.rejectRow('the entry holds no resource');
      else this.stageText(text, () => this.readConditions(text));
      if (this.rows.isFull) await this.send();
    }
  }

  private async send(): Promise<void> {
    await this.rows.flush();
    if (this.rows.bytesSent < COPY_BYTES) return;
    await this.rows.end();
    this.rows = openStaging(this.client);
  }

  private stageText(text: Buffer, readConditions: () => readonly string[]): void {
    this.bytes += text.length;
    try {
      const resource = prepareResource(text, this.options);
      const conditions = readConditions();
      if (conditions.length === 0) stageRow(this.rows, { seq: this.sequence, resource });
      else {
        this.hasConditions = true;
        // Its references are not known yet, and with them nothing that is derived from the text.
        const pending = { ...resource, content: { front: undefined, rest: text } };
        stageRow(this.rows, { seq: this.sequence, resource: pending, conditions });
      }
      this.options.counts.add(resource.type, 'read');
    } catch (error) {
      if (!(error instanceof InvalidResourceError)) throw error;
      this.rejectRow(error.reason, error.type);
    }
  }

  private readConditions(text: Buffer): readonly string[] {
    const keys = new Set<string>();
    rewriteReferences(text, (reference) => {
      const key = conditionalKey(reference);
      if (key !== undefined) keys.add(key);
      else if (reference.startsWith('urn:') || reference.includes('?'))
        this.danglingReferences += 1;
      return undefined;
    });
    return [...keys];
  }

  private rejectRow(reason: string, type = UNKNOWN_TYPE): void {
    this.options.counts.add(type, 'read');
    this.options.counts.add(type, 'rejected');
    this.reject(this.sequence, reason);
  }
}
