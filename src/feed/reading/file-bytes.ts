import { read } from 'node:fs';
import { open } from 'node:fs/promises';
import { pipeline, Readable } from 'node:stream';
import { promisify } from 'node:util';
import { createGunzip } from 'node:zlib';

import type { InputFile } from './input-files';
import { UnreadableFileError } from './loader.errors';

const CHUNK_BYTES = 1024 * 1024;
const readAt = promisify(read);

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
  const raw = file.descriptor === undefined ? readPath(file.path) : readOpen(file.descriptor, 0);
  const counted = count(raw, onRead);
  try {
    yield* file.isCompressed ? unpacked(counted) : counted;
  } catch (error) {
    throw new UnreadableFileError(error);
  }
}

async function* count(
  chunks: AsyncIterable<Buffer>,
  onRead: (bytes: number) => void,
): AsyncGenerator<Buffer> {
  for await (const chunk of chunks) {
    onRead(chunk.length);
    yield chunk;
  }
}

async function* unpacked(chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  const gunzip = createGunzip({ chunkSize: CHUNK_BYTES });
  // A failure of either ends both, and comes out of the loop.
  pipeline(Readable.from(chunks), gunzip, () => undefined);
  for await (const chunk of gunzip) yield chunk as Buffer;
}

async function* readPath(path: string): AsyncGenerator<Buffer> {
  const file = await open(path);
  try {
    yield* readOpen(file.fd, null);
  } finally {
    await file.close();
  }
}

/** @param start null: from where the file stands, which need not be seekable */
async function* readOpen(descriptor: number, start: number | null): AsyncGenerator<Buffer> {
  for (let position = start; ;) {
    const buffer = Buffer.allocUnsafe(CHUNK_BYTES);
    const { bytesRead } = await readAt(descriptor, buffer, 0, CHUNK_BYTES, position);
    if (bytesRead === 0) return;
    yield buffer.subarray(0, bytesRead);
    if (position !== null) position += bytesRead;
  }
}
