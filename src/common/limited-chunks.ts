import type { Readable } from 'node:stream';

/**
 * The chunks of a stream, as long as they are no more than `maxBytes` together. The stream is not
 * destroyed by what is thrown here: of a request, the answer goes out on the same connection.
 *
 * @throws what `tooLarge` gives
 */
export async function* limitedChunks(
  source: Readable,
  maxBytes: number,
  tooLarge: () => Error,
): AsyncGenerator<Buffer, void> {
  let bytes = 0;
  for await (const chunk of source.iterator({ destroyOnReturn: false })) {
    bytes += (chunk as Buffer).length;
    if (bytes > maxBytes) throw tooLarge();
    yield chunk as Buffer;
  }
}
