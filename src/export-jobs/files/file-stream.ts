import { pipeline, Readable } from 'node:stream';
import { constants, createGunzip, createGzip } from 'node:zlib';

import type { ByteRange } from '../../storage';
import type { FileEncoding } from '../record/job-record';

/** Opens the stored bytes, or a range of them; undefined when the file is not there. */
export type OpenStored = (range?: ByteRange) => Promise<Readable | undefined>;

export interface Wanted {
  /** Of the stored bytes. */
  readonly stored: FileEncoding;
  /** Of the bytes that are sent; `range` counts these. */
  readonly sent: FileEncoding;
  readonly range: ByteRange | undefined;
}

/**
 * The bytes of a representation. Stored bytes that are sent as they lie there are never touched; else
 * they are (de)compressed on the way, in memory that does not grow. Destroying the stream closes the file.
 */
export async function fileStream(
  open: OpenStored,
  { stored, sent, range }: Wanted,
): Promise<Readable | undefined> {
  if (stored === sent) return open(range);
  const source = await open();
  if (!source) return undefined;
  if (sent === 'gzip') return through(source, createGzip({ level: constants.Z_BEST_SPEED }));
  const plain = through(source, createGunzip());
  return range ? Readable.from(slice(plain, range), { objectMode: false }) : plain;
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
