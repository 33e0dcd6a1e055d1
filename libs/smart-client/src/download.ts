import { createHash } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import { Readable, Transform, type Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { ReadableStream } from 'node:stream/web';

/** A path, whose file appears when it is complete, or a stream, which is ended. */
export type DownloadTarget = string | Writable;

/** What was downloaded. */
export interface Download {
  readonly bytes: number;
  /** Line feeds: resources of an NDJSON file. */
  readonly lines: number;
  /** In hex. */
  readonly sha256: string;
}

const LINE_FEED = 0x0a;

/** Streams a body to its target; memory does not grow with it. */
export async function receive(
  response: Response,
  target: DownloadTarget,
  signal?: AbortSignal,
): Promise<Download> {
  if (typeof target !== 'string') return await stream(response, target, signal);
  const partial = `${target}.part`;
  try {
    const download = await stream(response, createWriteStream(partial), signal);
    await rename(partial, target);
    return download;
  } catch (error) {
    await rm(partial, { force: true });
    throw error;
  }
}

async function stream(
  response: Response,
  target: Writable,
  signal: AbortSignal | undefined,
): Promise<Download> {
  const meter = new Meter();
  // fetch's own type of the stream lacks only what nobody uses here.
  const web = response.body as ReadableStream<Uint8Array> | null;
  const body = web === null ? Readable.from([]) : Readable.fromWeb(web);
  let lost: Error | undefined;
  body.on('error', (error) => {
    lost = error;
  });
  try {
    await pipeline(body, meter, target, { signal });
  } catch (error) {
    if (error !== lost || signal?.aborted === true) throw error;
    throw new Error(`GET ${response.url}: broke off after ${meter.bytes} bytes.`, { cause: error });
  }
  return meter.result();
}

/** Measures what passes through. */
class Meter extends Transform {
  private readonly hash = createHash('sha256');
  bytes = 0;
  private lines = 0;

  override _transform(
    chunk: Buffer,
    _encoding: BufferEncoding,
    done: (error: null, chunk: Buffer) => void,
  ): void {
    this.hash.update(chunk);
    this.bytes += chunk.length;
    for (let at = chunk.indexOf(LINE_FEED); at >= 0; at = chunk.indexOf(LINE_FEED, at + 1)) {
      this.lines += 1;
    }
    done(null, chunk);
  }

  result(): Download {
    return { bytes: this.bytes, lines: this.lines, sha256: this.hash.digest('hex') };
  }
}
