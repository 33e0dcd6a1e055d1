import { createReadStream } from 'node:fs';
import { createGunzip } from 'node:zlib';

import type { InputFile } from './input-files';
import { UnreadableFileError } from './loader.errors';

const CHUNK_BYTES = 1024 * 1024;

/**
 * The file's bytes, unpacked, a chunk at a time.
 *
 * @param onRead told how many more bytes were read from disk, for progress
 * @throws UnreadableFileError when the disk or the packing fails
 */
export async function* readFileBytes(
  file: InputFile,
  onRead: (bytes: number) => void,
): AsyncGenerator<Buffer> {
  const { descriptor: fd } = file;
  const place = fd === undefined ? {} : { fd, start: 0, autoClose: false };
  const raw = createReadStream(file.path, { highWaterMark: CHUNK_BYTES, ...place });
  const plain = file.isCompressed ? raw.pipe(createGunzip({ chunkSize: CHUNK_BYTES })) : raw;
  if (plain !== raw) raw.on('error', (error) => plain.destroy(error));
  let reported = 0;
  try {
    for await (const chunk of plain as AsyncIterable<Buffer>) {
      onRead(raw.bytesRead - reported);
      reported = raw.bytesRead;
      yield chunk;
    }
  } catch (error) {
    throw new UnreadableFileError(error);
  } finally {
    raw.destroy();
  }
}
