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
      { index: 0, lines: 2, bytes: 16, sha256: sha256('{"a":1}\n{"b":2}\n') },
      { index: 1, lines: 1, bytes: 3, sha256: sha256('{}\n') },
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

    const answers = Array.from({ length: 6 }, () => files.write(chunk, 1));

    expect(answers.slice(0, 4)).toStrictEqual([undefined, undefined, undefined, undefined]);
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
});
