import { PassThrough, Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import { setImmediate } from 'node:timers/promises';

import { begun } from './begun';

describe(begun.name, () => {
  it.each(['', 'abc', 'x'.repeat(200_000)])(
    'loses nothing of a stream that is read later (%#)',
    async (text) => {
      const source = new PassThrough();
      source.end(text);

      const stream = await begun(source);
      for (let turn = 0; turn < 5; turn++) await setImmediate();
      const sink = new PassThrough();
      const [read] = await Promise.all([buffer(sink), pipeline(stream, sink)]);

      expect(read.toString()).toBe(text);
    },
  );

  it('fails with what the stream fails with before its first bytes', async () => {
    const failing = new Readable({
      read() {
        this.destroy(new Error('no bytes'));
      },
    });

    await expect(begun(failing)).rejects.toThrow('no bytes');
  });

  it('leaves later failures to those who read', async () => {
    const source = new PassThrough();
    source.write('abc');
    const stream = await begun(source);

    source.destroy(new Error('broke off'));
    await setImmediate();

    await expect(buffer(stream)).rejects.toThrow('broke off');
  });
});
