import { randomUUID } from 'node:crypto';
import { constants } from 'node:fs';
import { type FileHandle, open, unlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';

import { limitedChunks } from '../../common';
import { BatchTooLargeError } from './feed.errors';

/** A batch on disk, in a file without a name: it is gone when the process ends, however that happens. */
export interface Spooled {
  readonly descriptor: number;
  readonly bytes: number;
  readonly close: () => Promise<void>;
}

/**
 * Writes a stream to a file of its own.
 *
 * @param directory the system's folder of temporary files when undefined
 * @throws BatchTooLargeError as soon as more than `maxBytes` have come; what the stream and the disk say
 */
export async function spool(
  source: Readable,
  { directory = tmpdir(), maxBytes }: { directory: string | undefined; maxBytes: number },
): Promise<Spooled> {
  const file = await openNameless(directory);
  try {
    const bytes = await fill(file, source, maxBytes);
    return { descriptor: file.fd, bytes, close: () => file.close() };
  } catch (error) {
    await file.close();
    throw error;
  }
}

async function openNameless(directory: string): Promise<FileHandle> {
  const path = join(directory, `batch-${randomUUID()}`);
  const flags = constants.O_RDWR | constants.O_CREAT | constants.O_EXCL;
  const file = await open(path, flags, 0o600);
  await unlink(path).catch(async (error: unknown) => {
    await file.close();
    throw error;
  });
  return file;
}

async function fill(file: FileHandle, source: Readable, maxBytes: number): Promise<number> {
  let bytes = 0;
  const tooLarge = (): Error => new BatchTooLargeError(maxBytes);
  for await (const chunk of limitedChunks(source, maxBytes, tooLarge)) {
    bytes += chunk.length;
    await writeAll(file, chunk);
  }
  return bytes;
}

async function writeAll(file: FileHandle, chunk: Buffer): Promise<void> {
  for (let written = 0; written < chunk.length;) {
    written += (await file.write(chunk, written)).bytesWritten;
  }
}
