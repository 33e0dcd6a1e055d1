import { once } from 'node:events';
import { Readable } from 'node:stream';

/**
 * Waits until the first bytes are there, or the end: what fails before can still be told by a status.
 *
 * @returns the stream, of which nothing is read yet. A later failure is told to whoever reads it then.
 * @throws what the stream fails with
 */
export async function begun(stream: Readable): Promise<Readable> {
  stream.on('error', () => undefined);
  const waiting = new AbortController();
  const { signal } = waiting;
  try {
    // One that had ended before comes with no `readable`.
    await Promise.race(
      ['readable', 'end', 'close'].map((event) => once(stream, event, { signal })),
    );
  } finally {
    waiting.abort();
  }
  if (stream.errored) throw stream.errored;
  if (stream.readableLength > 0) return stream;
  if (stream.destroyed && !stream.readableEnded) throw new Error('The stream was closed.');
  // It has ended without any. Node may say so before anybody listens, who would then wait in vain.
  stream.destroy();
  return Readable.from([]);
}
