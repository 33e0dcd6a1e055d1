import { createHash } from 'node:crypto';

import { type ByteSink, NdjsonFiles } from './ndjson-files';

class MemorySink implements ByteSink {
  bytes = '';
  state: 'open' | 'published' | 'aborted' = 'open';

  write(chunks: readonly Buffer[]): Promise<void> {
    this.bytes += Buffer.concat(chunks).toString();
    return Promise.resolve();
  }

  publish(): Promise<void> {
    this.state = 'published';
    return Promise.resolve();
  }

  abort(): Promise<void> {
    this.state = 'aborted';
    return Promise.resolve();
  }
}

function filesInto(sinks: MemorySink[]): NdjsonFiles {
  return new NdjsonFiles(() => {
    const sink = new MemorySink();
    sinks.push(sink);
    return Promise.resolve(sink);
  });
}

describe(NdjsonFiles.name, () => {
  it('counts and hashes each file and publishes it', async () => {
    const sinks: MemorySink[] = [];
    const files = filesInto(sinks);

    void files.write(Buffer.from('{"a":1}\n{"b":'), 2);
    void files.write(Buffer.from('2}\n'), 0);
    files.cut();
    void files.write(Buffer.from('{}\n'), 1);
    const finished = await files.finish();

    expect(sinks.map((sink) => [sink.bytes, sink.state])).toStrictEqual([
      ['{"a":1}\n{"b":2}\n', 'published'],
      ['{}\n', 'published'],
    ]);
    const sha256 = (text: string): Buffer => createHash('sha256').update(text).digest();
    expect(finished).toStrictEqual([
      {
        index: 0,
        lines: 2,
        bytes: 16,
        sha256: sha256('{"a":1}\n{"b":2}\n'),
        storedBytes: 16,
        storedSha256: undefined,
      },
      {
        index: 1,
        lines: 1,
        bytes: 3,
        sha256: sha256('{}\n'),
        storedBytes: 3,
        storedSha256: undefined,
      },
    ]);
  });

  it('leaves no file when nothing was written (MF-13)', async () => {
    const sinks: MemorySink[] = [];
    const files = filesInto(sinks);

    files.cut();

    await expect(files.finish()).resolves.toStrictEqual([]);
    expect(sinks).toStrictEqual([]);
  });

  it('asks the reader to wait while the sink is slow, and goes on when it has caught up', async () => {
    let release = (): void => undefined;
    const gate = new Promise<void>((resolve) => (release = resolve));
    const sink = new MemorySink();
    sink.write = () => gate;
    const files = new NdjsonFiles(() => Promise.resolve(sink));
    const chunk = Buffer.alloc(1 << 20, 'x');

    const answers = Array.from({ length: 8 }, () => files.write(chunk, 1));

    expect(answers.slice(0, 6)).toStrictEqual(Array.from({ length: 6 }, () => undefined));
    const wait = answers.at(-1);
    expect(wait).toBeInstanceOf(Promise);
    release();
    await expect(wait).resolves.toBeUndefined();
  });

  it('reports the first failure to write, publishes nothing after it and gives the file up', async () => {
    const sink = new MemorySink();
    sink.write = () => Promise.reject(new Error('disk full'));
    const files = new NdjsonFiles(() => Promise.resolve(sink));

    void files.write(Buffer.from('{}\n'), 1);

    await expect(files.finish()).rejects.toThrow('disk full');
    await files.abort();
    expect(sink.state).toBe('aborted');
  });

  it('releases bytes once, when they are written and not before', async () => {
    let open = (): void => undefined;
    const gate = new Promise<void>((resolve) => (open = resolve));
    const sink = new MemorySink();
    const write = sink.write.bind(sink);
    sink.write = (chunks) => gate.then(() => write(chunks));
    const files = new NdjsonFiles(() => Promise.resolve(sink));
    const memory = Buffer.from('{"a":1}\n{"b":2}\n');
    const released: string[] = [];

    void files.write(memory.subarray(0, 8), 1, () => released.push('a'));
    void files.write(memory.subarray(8), 1, () => released.push('b'));
    const finished = files.finish();
    expect(released).toStrictEqual([]);
    open();
    await finished;

    expect(released).toStrictEqual(['a', 'b']);
    expect(sink.bytes).toBe(memory.toString());
  });

  it('releases what could not be written, so that a reader that waits for memory learns of it', async () => {
    const sink = new MemorySink();
    sink.write = () => Promise.reject(new Error('disk full'));
    const files = new NdjsonFiles(() => Promise.resolve(sink));
    let released = 0;

    const chunk = Buffer.alloc(1 << 20, 'x');
    for (let times = 0; times < 3; times++) {
      void files.write(chunk, 1, () => released++)?.catch(() => undefined);
    }
    await files.finish().catch(() => undefined);
    await files.abort();

    expect(released).toBe(3);
  });

  it('writes the next file while one is published, and no third one before it is', async () => {
    const sinks: MemorySink[] = [];
    let publish = (): void => undefined;
    const files = new NdjsonFiles(() => {
      const sink = new MemorySink();
      sinks.push(sink);
      if (sinks.length === 1) {
        sink.publish = () => new Promise((resolve) => (publish = resolve));
      }
      return Promise.resolve(sink);
    });
    for (const text of ['{"a":1}\n', '{"b":2}\n', '{"c":3}\n']) {
      void files.write(Buffer.from(text), 1);
      files.cut();
    }

    while (sinks[1]?.bytes !== '{"b":2}\n') await new Promise(setImmediate);
    await new Promise(setImmediate);
    expect(sinks).toHaveLength(2);

    publish();
    expect((await files.finish()).map(({ index }) => index)).toStrictEqual([0, 1, 2]);
  });

  it('gives up a file that cannot be published', async () => {
    const sink = new MemorySink();
    sink.publish = () => Promise.reject(new Error('no space for the name'));
    const files = new NdjsonFiles(() => Promise.resolve(sink));

    void files.write(Buffer.from('{}\n'), 1);

    await expect(files.finish()).rejects.toThrow('no space for the name');
    expect(sink.state).toBe('aborted');
  });
});
