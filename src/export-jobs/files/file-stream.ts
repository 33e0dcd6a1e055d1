import { pipeline, type Readable } from 'node:stream';
import { constants, createGunzip, createGzip } from 'node:zlib';

import { begun } from '../../common';
import type { ByteRange, StoredFile } from '../../storage';
import type { FileEncoding, FileRecord } from '../persistence/file.entity';
import { checkedStream, generated } from './checked-stream';
import { StoredFileError, toStoredFileError } from './stored-file.error';

/** A file that a manifest lists. */
export interface ListedFile {
  readonly record: Pick<
    FileRecord,
    'encoding' | 'bytes' | 'sha256' | 'storedBytes' | 'storedSha256' | 'encrypted'
  >;
  /** Opens the stored bytes, or a range of them; undefined when they are not there. */
  readonly open: (range?: ByteRange) => Promise<StoredFile | undefined>;
}

const CHUNK_BYTES = 64 * 1024;

/**
 * The bytes of a representation, compared with the record on their way. Stored bytes that are sent as they
 * lie there are never touched; else they are (de)compressed, in memory that does not grow. Destroying the
 * stream closes the file.
 *
 * @param range of the bytes that are sent
 * @returns a stream whose first bytes have passed; it fails with StoredFileError
 * @throws StoredFileError
 */
export async function fileStream(
  file: ListedFile,
  sent: FileEncoding,
  range: ByteRange | undefined,
): Promise<Readable> {
  return begun(await representationOf(file, sent, range));
}

/**
 * Whether a file can be sent, as far as that can be told without reading it as a whole.
 *
 * @throws StoredFileError
 */
export async function requireStored(file: ListedFile): Promise<void> {
  const first = file.record.storedBytes > 1 ? { start: 0, end: 0 } : undefined;
  (await begun(await storedBytes(file, first, undefined))).destroy();
}

async function representationOf(
  file: ListedFile,
  sent: FileEncoding,
  range: ByteRange | undefined,
): Promise<Readable> {
  const { encoding, bytes, sha256, storedSha256, encrypted } = file.record;
  // Our encryption has authenticated each block, its place and its file already.
  const storedHash = encrypted ? undefined : encoding === 'identity' ? sha256 : storedSha256;
  if (encoding === sent) return storedBytes(file, range, storedHash);
  if (sent === 'gzip') {
    const level = constants.Z_BEST_SPEED;
    return through(await storedBytes(file, undefined, storedHash), createGzip({ level }));
  }
  const source = await storedBytes(file, undefined, sha256 ? undefined : storedHash);
  const unpacked = through(source, createGunzip({ chunkSize: CHUNK_BYTES }));
  const plain = checkedStream(unpacked, { bytes, sha256 });
  return range ? generated(plain, slice(plain, range)) : plain;
}

async function storedBytes(
  { record, open }: ListedFile,
  range: ByteRange | undefined,
  sha256: Buffer | undefined,
): Promise<Readable> {
  const stored = await open(range).catch((error: unknown) => {
    throw toStoredFileError(error);
  });
  if (!stored) throw new StoredFileError('missing', 'is not there');
  if (stored.size !== record.storedBytes) {
    stored.stream.destroy();
    throw new StoredFileError('altered', 'is not as long as its record says');
  }
  if (!range) return checkedStream(stored.stream, { bytes: stored.size, sha256 });
  return checkedStream(stored.stream, { bytes: range.end - range.start + 1, sha256: undefined });
}

/** A failure on either side destroys both. */
function through<T extends Readable & NodeJS.WritableStream>(source: Readable, transform: T): T {
  pipeline(source, transform, () => undefined);
  return transform;
}

/** Ends after the last byte of the range; what comes behind it is not even decompressed. */
async function* slice(stream: Readable, { start, end }: ByteRange): AsyncGenerator<Buffer> {
  let at = 0;
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    const wanted = chunk.subarray(Math.max(0, start - at), Math.max(0, end + 1 - at));
    at += chunk.length;
    if (wanted.length > 0) yield wanted;
    if (at > end) return;
  }
}
