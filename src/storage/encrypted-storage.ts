import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';

import type { EncryptionKey } from '../config';
import { BLOCK_BYTES, BlockCipher, MAX_HEAD_BYTES, plainBytes, SEALED_BYTES } from './block-cipher';
import type {
  ByteRange,
  FileStorage,
  PresignOptions,
  StoredFile,
  StoredFileWriter,
} from './file-storage';
import { StorageIntegrityError } from './storage.errors';

/**
 * Encrypts what a driver stores, in blocks that can be read one by one. Files that were written before
 * there were keys are given as they are; what was written encrypted is decrypted or refused.
 */
export class EncryptedStorage implements FileStorage {
  readonly encrypts: boolean;

  /** @param keys the first encrypts, all of them decrypt; without any, new files are not encrypted */
  constructor(
    private readonly driver: FileStorage,
    private readonly keys: readonly EncryptionKey[],
  ) {
    this.encrypts = keys.length > 0;
  }

  async create(key: string): Promise<StoredFileWriter> {
    const writer = await this.driver.create(key);
    const [first] = this.keys;
    if (!first) return writer;
    const { cipher, head } = BlockCipher.begin(first, key);
    return new EncryptingWriter(writer, cipher, head);
  }

  async open(key: string, range?: ByteRange, encrypted?: boolean): Promise<StoredFile | undefined> {
    if (encrypted === false) return this.driver.open(key, range);
    const start = await this.driver.open(key, { start: 0, end: MAX_HEAD_BYTES - 1 });
    if (!start) return undefined;
    const resumed = BlockCipher.resume(await buffer(start.stream), this.keys, key);
    if (encrypted === true && !resumed?.isNamed) {
      throw new StorageIntegrityError('is not encrypted as it was written');
    }
    if (!resumed) return this.driver.open(key, range);
    const { cipher, headBytes } = resumed;
    const sealedBytes = start.size - headBytes;
    if (sealedBytes <= 0) throw new StorageIntegrityError('was cut short');
    const size = plainBytes(sealedBytes);
    const blocks = new BlockRange(size, sealedBytes, range);
    if (blocks.first >= blocks.total) throw new StorageIntegrityError('was cut short');
    const sealed = await this.driver.open(key, {
      start: headBytes + blocks.first * SEALED_BYTES,
      end: headBytes + Math.min(sealedBytes, (blocks.last + 1) * SEALED_BYTES) - 1,
    });
    if (!sealed) return undefined;
    const stream = Readable.from(unsealed(sealed.stream, cipher, blocks), STREAM);
    // Also when nobody has read from it.
    stream.once('close', () => sealed.stream.destroy());
    return { size, stream };
  }

  list(prefix: string): Promise<readonly string[]> {
    return this.driver.list(prefix);
  }

  remove(key: string): Promise<void> {
    return this.driver.remove(key);
  }

  removePrefix(prefix: string): Promise<void> {
    return this.driver.removePrefix(prefix);
  }

  removeUnpublished(prefix: string, abandoned: (key: string) => boolean): Promise<void> {
    return this.driver.removeUnpublished(prefix, abandoned);
  }

  folders(prefix: string): Promise<readonly string[]> {
    return this.driver.folders(prefix);
  }

  lastModified(prefix: string): Promise<Date | undefined> {
    return this.driver.lastModified(prefix);
  }

  /** Who gets a file from the driver itself would get it encrypted. */
  async presign(key: string, options: PresignOptions): Promise<string | undefined> {
    return this.encrypts ? undefined : this.driver.presign(key, options);
  }
}

const STREAM = { objectMode: false, highWaterMark: 4 * BLOCK_BYTES };

/** The blocks that a range of plain bytes lies in, both ends included. */
class BlockRange {
  readonly first: number;
  readonly last: number;
  readonly total: number;
  private readonly start: number;
  private readonly end: number;

  constructor(size: number, sealedBytes: number, range: ByteRange | undefined) {
    this.total = Math.max(1, Math.ceil(sealedBytes / SEALED_BYTES));
    this.start = range?.start ?? 0;
    this.end = Math.min(range?.end ?? Infinity, size - 1);
    this.first = Math.floor(this.start / BLOCK_BYTES);
    this.last = Math.max(this.first, Math.floor(Math.max(0, this.end) / BLOCK_BYTES));
  }

  /** What of a block's plain bytes the range asks for. */
  cut(plain: Buffer, block: number): Buffer {
    const at = block * BLOCK_BYTES;
    return plain.subarray(Math.max(0, this.start - at), Math.max(0, this.end + 1 - at));
  }
}

async function* unsealed(
  stream: Readable,
  cipher: BlockCipher,
  blocks: BlockRange,
): AsyncGenerator<Buffer> {
  let block = blocks.first;
  const open = (sealed: Buffer): Buffer => {
    const plain = cipher.unseal(sealed, block, block === blocks.total - 1);
    return blocks.cut(plain, block++);
  };
  let rest: Buffer[] = [];
  let restBytes = 0;
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    rest.push(chunk);
    restBytes += chunk.length;
    if (restBytes < SEALED_BYTES) continue;
    let bytes = Buffer.concat(rest);
    for (; bytes.length >= SEALED_BYTES; bytes = bytes.subarray(SEALED_BYTES)) {
      yield open(bytes.subarray(0, SEALED_BYTES));
    }
    rest = [bytes];
    restBytes = bytes.length;
  }
  if (restBytes > 0 || block <= blocks.last) yield open(Buffer.concat(rest));
}

class EncryptingWriter implements StoredFileWriter {
  private block = 0;
  /** Plain bytes without a block yet: at least one stays until the file ends, for the last block. */
  private rest: Buffer = Buffer.alloc(0);

  constructor(
    private readonly writer: StoredFileWriter,
    private readonly cipher: BlockCipher,
    private head: Buffer | undefined,
  ) {}

  async write(chunks: readonly Buffer[]): Promise<void> {
    const sealed = this.takeHead();
    let plain = Buffer.concat([this.rest, ...chunks]);
    for (; plain.length > BLOCK_BYTES; plain = plain.subarray(BLOCK_BYTES)) {
      sealed.push(this.cipher.seal(plain.subarray(0, BLOCK_BYTES), this.block++, false));
    }
    this.rest = Buffer.from(plain);
    if (sealed.length > 0) await this.writer.write(sealed);
  }

  async publish(): Promise<void> {
    await this.writer.write([...this.takeHead(), this.cipher.seal(this.rest, this.block, true)]);
    await this.writer.publish();
  }

  abort(): Promise<void> {
    return this.writer.abort();
  }

  private takeHead(): Buffer[] {
    const head = this.head ? [this.head] : [];
    this.head = undefined;
    return head;
  }
}
