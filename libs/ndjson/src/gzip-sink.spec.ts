import { createHash } from 'node:crypto';
import { gunzipSync } from 'node:zlib';

import { gzipSink } from './gzip-sink';
import { type ByteSink, NdjsonFiles } from './ndjson-files';

/** Keeps what it is given. */
function memory(overrides: Partial<ByteSink> = {}): ByteSink & { bytes: Buffer; calls: string[] } {
  const sink = {
    bytes: Buffer.alloc(0),
    calls: [] as string[],
    write: (chunks: readonly Buffer[]) => {
      sink.bytes = Buffer.concat([sink.bytes, ...chunks]);
      return Promise.resolve();
    },
    publish: () => Promise.resolve(void sink.calls.push('publish')),
    abort: () => Promise.resolve(void sink.calls.push('abort')),
    ...overrides,
  };
  return sink;
}

const LINES = Array.from({ length: 20_000 }, (_, n) => `{"n":${n},"x":"${n * 7919}"}\n`).join('');

describe(gzipSink.name, () => {
  it('stores one gzip member; counts and hash stay those of the NDJSON', async () => {
    const sink = memory();
    const [plain, compressed] = [
      new NdjsonFiles(() => Promise.resolve(memory())),
      new NdjsonFiles(() => Promise.resolve(gzipSink(sink))),
    ];
    for (const files of [plain, compressed]) void files.write(Buffer.from(LINES), 20_000);

    const [expected] = await plain.finish();
    const [file] = await compressed.finish();

    expect(gunzipSync(sink.bytes).toString()).toBe(LINES);
    expect(file).toStrictEqual({
      ...expected,
      storedBytes: sink.bytes.length,
      storedSha256: createHash('sha256').update(sink.bytes).digest(),
    });
    expect(sink.bytes.length).toBeLessThan(LINES.length / 2);
    expect(sink.calls).toStrictEqual(['publish']);
  });

  it('has read the bytes when the write resolves: their memory may be used again', async () => {
    const sink = memory();
    const gzip = gzipSink(sink);
    const bytes = Buffer.from(LINES);

    await gzip.write([bytes]);
    bytes.fill('!');
    await gzip.publish();

    expect(gunzipSync(sink.bytes).toString()).toBe(LINES);
  });

  it('reports the failure of the sink in its own words, and can be given up then', async () => {
    const sink = memory({ write: () => Promise.reject(new Error('disk full')) });
    const files = new NdjsonFiles(() => Promise.resolve(gzipSink(sink)));

    void files.write(Buffer.from(LINES), 20_000);

    await expect(files.finish()).rejects.toThrow('disk full');
    await files.abort();
    expect(sink.calls).toStrictEqual(['abort']);
  });

  it('can be given up twice, in mid-stream', async () => {
    const sink = memory();
    const gzip = gzipSink(sink);
    await gzip.write([Buffer.from(LINES)]);

    await gzip.abort();
    await gzip.abort();

    expect(sink.calls).toStrictEqual(['abort', 'abort']);
  });
});
