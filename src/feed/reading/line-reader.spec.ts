import { Readable } from 'node:stream';

import fc from 'fast-check';

import { type Line, readLines } from './line-reader';

async function linesOf(chunks: readonly Buffer[], maxBytes = 1000): Promise<readonly Line[]> {
  const lines: Line[] = [];
  for await (const batch of readLines(Readable.from(chunks), maxBytes)) lines.push(...batch);
  return lines;
}

async function textsOf(...chunks: readonly string[]): Promise<readonly (string | undefined)[]> {
  const lines = await linesOf(chunks.map((chunk) => Buffer.from(chunk)));
  return lines.map(({ text }) => text?.toString());
}

describe('readLines', () => {
  it('gives the same lines however the bytes arrive', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.string({ unit: 'grapheme' }).map((text) => text.replace(/[\r\n]/g, ''))),
        fc.integer({ min: 1, max: 7 }),
        async (texts, size) => {
          const bytes = Buffer.from(texts.map((text) => `${text}\n`).join(''));
          const chunks = [];
          for (let at = 0; at < bytes.length; at += size)
            chunks.push(bytes.subarray(at, at + size));

          const lines = await linesOf(chunks);

          expect(lines.map(({ text }) => text?.toString())).toStrictEqual(texts);
        },
      ),
    );
  });

  it('takes CRLF, a last line without an end, and a byte order mark at the start only', async () => {
    await expect(textsOf('\ufeffa\r\n', '\ufeffb\r', '\n\nc')).resolves.toStrictEqual([
      'a',
      '\ufeffb',
      '',
      'c',
    ]);
  });

  it('passes over a line that is too long and goes on after it', async () => {
    const lines = await linesOf([Buffer.from('12345'), Buffer.from('678\nok\n')], 6);

    expect(lines.map(({ number, text }) => [number, text?.toString()])).toStrictEqual([
      [1, undefined],
      [2, 'ok'],
    ]);
  });
});
