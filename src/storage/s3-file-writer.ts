import { once } from 'node:events';
import { PassThrough } from 'node:stream';

import type { PutObjectCommandInput, S3Client } from '@aws-sdk/client-s3';
import { Upload } from '@aws-sdk/lib-storage';

import type { StoredFileWriter } from './file-storage';

/** S3 takes 10,000 parts: files of up to 80 GB. */
const PART_BYTES = 8 << 20;
/** Parts under way at once: what a file being written costs in memory, twice over. */
const PARTS_AT_ONCE = 2;

/** One object, in one request when it is small, else in parts as they fill up. */
export class S3FileWriter implements StoredFileWriter {
  private readonly body = new PassThrough({ highWaterMark: 1 << 20 });
  private readonly upload: Upload;
  /** Never rejects; undefined once the upload has succeeded. */
  private readonly ended: Promise<Error | undefined>;
  private failure: Error | undefined;
  private closed = false;

  constructor(client: S3Client, target: Omit<PutObjectCommandInput, 'Body'>) {
    this.upload = new Upload({
      client,
      params: { ...target, Body: this.body },
      partSize: PART_BYTES,
      queueSize: PARTS_AT_ONCE,
      leavePartsOnError: false,
    });
    this.body.on('error', () => undefined);
    this.ended = this.upload.done().then(
      () => undefined,
      (error: unknown) => {
        this.failure = error instanceof Error ? error : new Error('The upload failed.');
        // Nobody reads any more: whoever waits for room must be told.
        this.body.destroy();
        return this.failure;
      },
    );
  }

  async write(chunks: readonly Buffer[]): Promise<void> {
    for (const chunk of chunks) {
      if (this.failure) throw this.failure;
      // The caller may reuse its buffer: the upload gets a copy.
      if (chunk.length > 0 && !this.body.write(Buffer.from(chunk))) await this.room();
    }
  }

  async publish(): Promise<void> {
    if (this.failure) throw this.failure;
    this.body.end();
    const failure = await this.ended;
    if (failure) throw failure;
    this.closed = true;
  }

  async abort(): Promise<void> {
    if (this.closed) return;
    this.closed = true;
    await this.upload.abort();
    this.body.destroy();
    await this.ended;
  }

  private async room(): Promise<void> {
    await Promise.race([once(this.body, 'drain'), this.ended]);
    if (this.failure) throw this.failure;
  }
}
