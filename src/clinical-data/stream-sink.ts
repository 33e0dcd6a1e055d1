import { PassThrough, type Readable } from 'node:stream';

import type { LineSink } from './copy-query';

/** Bytes that wait for the reader: what is shorter leaves its connection at once. */
const BUFFERED_BYTES = 1 << 20;

/** Lines as a stream that whoever reads them may leave at any time. */
export interface StreamSink extends LineSink {
  readonly stream: Readable;
  /** Aborted when nobody reads any more. */
  readonly closed: AbortSignal;
  /** No more lines come. */
  end(): void;
  /** The lines break off here. */
  fail(error: unknown): void;
}

export function streamSink(): StreamSink {
  const stream = new PassThrough({ highWaterMark: BUFFERED_BYTES });
  const closing = new AbortController();
  stream.once('close', () => {
    closing.abort(new Error('Nobody reads the stream any more.'));
  });
  return {
    stream,
    closed: closing.signal,
    write: (bytes) => (stream.write(bytes) ? undefined : drained(stream)),
    cut: () => undefined,
    end: () => {
      stream.end();
    },
    fail: (error) => {
      stream.destroy(error instanceof Error ? error : new Error('The stream broke off.'));
    },
  };
}

/** Resolves on close, too: the signal then ends the query. */
function drained(stream: PassThrough): Promise<void> {
  return new Promise((resolve) => {
    const go = (): void => {
      stream.off('drain', go).off('close', go);
      resolve();
    };
    stream.on('drain', go).on('close', go);
  });
}
