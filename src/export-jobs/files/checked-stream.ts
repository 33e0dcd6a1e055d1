import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';

import { StoredFileError, toStoredFileError } from './stored-file.error';

/** What a stream must come to. */
export interface Expected {
  readonly bytes: number;
  /** Undefined: the length alone is compared. */
  readonly sha256: Buffer | undefined;
}

/**
 * The bytes of `source`, of which the last are given only when all of them are what is expected: a stream
 * that breaks off can never be taken for a whole one. Destroying the stream destroys the source.
 *
 * @returns a stream that fails with StoredFileError
 */
export function checkedStream(source: Readable, expected: Expected): Readable {
  return generated(source, checkedBytes(source, expected));
}

/** A stream of what `generator` makes out of `source`, which is closed with it, also when it was never read. */
export function generated(source: Readable, generator: AsyncGenerator<Buffer>): Readable {
  // A failure before anybody reads is told to whoever does.
  source.on('error', () => undefined);
  return Readable.from(generator, { objectMode: false }).once('close', () => source.destroy());
}

async function* checkedBytes(
  source: Readable,
  { bytes, sha256 }: Expected,
): AsyncGenerator<Buffer> {
  const hash = sha256 && createHash('sha256');
  let count = 0;
  let held: Buffer | undefined;
  for await (const chunk of named(source)) {
    count += chunk.length;
    if (count > bytes) throw new StoredFileError('altered', 'is longer than its record says');
    hash?.update(chunk);
    if (held) yield held;
    held = chunk;
  }
  if (count < bytes) throw new StoredFileError('altered', 'is shorter than its record says');
  if (sha256 && !hash?.digest().equals(sha256)) {
    throw new StoredFileError('altered', 'has other bytes than its record says');
  }
  if (held) yield held;
}

/** Failures of the source alone, and not those that end whoever reads it, are failures of the file. */
async function* named(source: Readable): AsyncGenerator<Buffer> {
  try {
    yield* source as AsyncIterable<Buffer>;
  } catch (error) {
    throw toStoredFileError(error);
  }
}
