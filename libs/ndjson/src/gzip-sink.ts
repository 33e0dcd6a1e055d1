import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createGzip } from 'node:zlib';

import type { ByteSink, StoredBytes } from './ndjson-files';

/** Higher levels halve the speed for a fifth less. */
const LEVEL = 1;
const CHUNK_BYTES = 256 * 1024;

/**
 * Stores what it is given in `sink` as one gzip member. Compression happens beside this thread; no more
 * than what was given last, and a chunk of output, is held.
 */
export function gzipSink(sink: ByteSink): ByteSink {
  const gzip = createGzip({ level: LEVEL, chunkSize: CHUNK_BYTES });
  const hash = createHash('sha256');
  let bytes = 0;
  let published: StoredBytes | undefined;
  const store = async (): Promise<void> => {
    for await (const chunk of gzip as AsyncIterable<Buffer>) {
      hash.update(chunk);
      await sink.write([chunk]);
      bytes += chunk.length;
    }
  };
  const stored = store();
  // A failure is reported to whoever waits for the write, or for the publication.
  stored.catch(() => undefined);
  return {
    async write(chunks) {
      for (const chunk of chunks) {
        const written = new Promise<void>((resolve, reject) => {
          gzip.write(chunk, (error) => {
            if (error) reject(error);
            else resolve();
          });
        });
        await written.catch(async (error: unknown) => {
          // The sink's own words, if it was the sink that failed.
          await stored;
          throw error;
        });
      }
    },
    async publish() {
      gzip.end();
      await stored;
      await sink.publish();
      published = { bytes, sha256: hash.digest() };
    },
    async abort() {
      if (!gzip.closed) {
        gzip.destroy();
        await once(gzip, 'close');
      }
      await stored.catch(() => undefined);
      await sink.abort();
    },
    get stored() {
      return published;
    },
  };
}
