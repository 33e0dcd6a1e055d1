import { once } from 'node:events';
import type { Readable } from 'node:stream';

/**
 * Waits until the first bytes are there, or the end: what fails before can still be told by a status.
 *
 * @returns the stream, of which nothing is read yet. A later failure is told to whoever reads it then.
 * @throws what the stream fails with
 */
export async function begun<T extends Readable>(stream: T): Promise<T> {
  stream.on('error', () => undefined);
  await once(stream, 'readable');
  if (stream.errored) throw stream.errored;
  return stream;
}
