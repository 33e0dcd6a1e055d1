import type { Readable } from 'node:stream';

import {
  AbortMultipartUploadCommand,
  DeleteObjectCommand,
  DeleteObjectsCommand,
  GetObjectCommand,
  type GetObjectCommandOutput,
  ListMultipartUploadsCommand,
  type ListObjectsV2CommandOutput,
  paginateListObjectsV2,
  type S3Client,
} from '@aws-sdk/client-s3';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';

import type { S3StorageConfig } from '../config';
import type {
  ByteRange,
  FileStorage,
  PresignOptions,
  StoredFile,
  StoredFileWriter,
} from './file-storage';
import { S3FileWriter } from './s3-file-writer';
import { StorageIntegrityError } from './storage.errors';

/** What DeleteObjects takes at a time. */
const DELETED_AT_ONCE = 1000;

/**
 * Files as objects of a bucket. What is written becomes visible as a whole, when the upload is
 * completed; uploads that are given up are aborted, so that no invisible parts are paid for.
 */
export class S3Storage implements FileStorage {
  /** The storage does, if it is told to. */
  readonly encrypts = false;

  constructor(
    private readonly client: S3Client,
    private readonly config: S3StorageConfig,
  ) {}

  create(key: string): Promise<StoredFileWriter> {
    return Promise.resolve(
      new S3FileWriter(this.client, {
        ...this.object(key),
        ServerSideEncryption: this.config.serverSideEncryption,
        SSEKMSKeyId: this.config.kmsKeyId,
        ContentType: 'application/octet-stream',
      }),
    );
  }

  async open(key: string, range?: ByteRange): Promise<StoredFile | undefined> {
    const answer = await this.get(key, range);
    if (!answer?.Body) return undefined;
    return { size: sizeOf(answer), stream: answer.Body as Readable };
  }

  async list(prefix: string): Promise<readonly string[]> {
    const keys: string[] = [];
    for await (const { Contents = [] } of this.pages(prefix)) {
      for (const { Key } of Contents) if (Key !== undefined) keys.push(this.keyOf(Key));
    }
    return keys;
  }

  async folders(prefix: string): Promise<readonly string[]> {
    const names: string[] = [];
    for await (const { CommonPrefixes = [] } of this.pages(prefix, '/')) {
      for (const { Prefix = '' } of CommonPrefixes) names.push(Prefix.split('/').at(-2) ?? '');
    }
    return names;
  }

  async lastModified(prefix: string): Promise<Date | undefined> {
    let last: Date | undefined;
    for await (const { Contents = [] } of this.pages(prefix)) {
      for (const { LastModified } of Contents) {
        if (LastModified && (!last || LastModified > last)) last = LastModified;
      }
    }
    return last;
  }

  async remove(key: string): Promise<void> {
    await this.client.send(new DeleteObjectCommand(this.object(key)));
  }

  /** Uploads first: one that ends in between would otherwise leave an object behind. */
  async removePrefix(prefix: string): Promise<void> {
    await this.removeUnpublished(prefix, () => true);
    const keys = await this.list(prefix);
    for (let from = 0; from < keys.length; from += DELETED_AT_ONCE) {
      await this.removeAll(keys.slice(from, from + DELETED_AT_ONCE));
    }
  }

  async removeUnpublished(prefix: string, abandoned: (key: string) => boolean): Promise<void> {
    const { bucket: Bucket } = this.config;
    let more: { KeyMarker: string; UploadIdMarker: string } | undefined;
    do {
      const page = await this.client.send(
        new ListMultipartUploadsCommand({ Bucket, Prefix: `${this.path(prefix)}/`, ...more }),
      );
      for (const { Key = '', UploadId } of page.Uploads ?? []) {
        if (!abandoned(this.keyOf(Key))) continue;
        await this.client.send(new AbortMultipartUploadCommand({ Bucket, Key, UploadId }));
      }
      more = page.IsTruncated
        ? { KeyMarker: page.NextKeyMarker ?? '', UploadIdMarker: page.NextUploadIdMarker ?? '' }
        : undefined;
    } while (more);
  }

  async presign(key: string, options: PresignOptions): Promise<string | undefined> {
    if (!this.config.presignedDownloads) return undefined;
    const command = new GetObjectCommand({
      ...this.object(key),
      ResponseContentType: options.contentType,
      ResponseContentEncoding: options.contentEncoding,
      ResponseContentDisposition: `attachment; filename="${options.fileName}"`,
      ResponseCacheControl: 'no-store',
    });
    const { at: signingDate, lifetime: expiresIn } = options;
    return getSignedUrl(this.client, command, { signingDate, expiresIn });
  }

  private pages(prefix: string, Delimiter?: string): AsyncIterable<ListObjectsV2CommandOutput> {
    const query = { Bucket: this.config.bucket, Prefix: `${this.path(prefix)}/`, Delimiter };
    return paginateListObjectsV2({ client: this.client }, query);
  }

  private async get(
    key: string,
    range: ByteRange | undefined,
  ): Promise<GetObjectCommandOutput | undefined> {
    const Range = range && `bytes=${range.start}-${range.end}`;
    try {
      return await this.client.send(new GetObjectCommand({ ...this.object(key), Range }));
    } catch (error) {
      const { name } = error as Error;
      if (name === 'NoSuchKey') return undefined;
      if (name === 'InvalidRange') throw new StorageIntegrityError('was cut short');
      throw error;
    }
  }

  private async removeAll(keys: readonly string[]): Promise<void> {
    const { Errors = [] } = await this.client.send(
      new DeleteObjectsCommand({
        Bucket: this.config.bucket,
        Delete: { Objects: keys.map((key) => ({ Key: this.path(key) })), Quiet: true },
      }),
    );
    if (Errors.length > 0) throw new Error(`${Errors.length} objects could not be removed.`);
  }

  private object(key: string): { readonly Bucket: string; readonly Key: string } {
    return { Bucket: this.config.bucket, Key: this.path(key) };
  }

  private path(key: string): string {
    return this.config.prefix === '' ? key : `${this.config.prefix}/${key}`;
  }

  private keyOf(path: string): string {
    return this.config.prefix === '' ? path : path.slice(this.config.prefix.length + 1);
  }
}

/** Of the whole object: an answer to a range names it behind the slash. */
function sizeOf({ ContentRange, ContentLength }: GetObjectCommandOutput): number {
  const size = ContentRange === undefined ? ContentLength : Number(ContentRange.split('/')[1]);
  if (size === undefined || !Number.isSafeInteger(size)) {
    throw new StorageIntegrityError('came without its size');
  }
  return size;
}
