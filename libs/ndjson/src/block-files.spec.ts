import fc from 'fast-check';

import { BlockFiles } from './block-files';

const HEADER = '{"header":';

interface Block {
  readonly name: string;
  readonly lines: readonly string[];
}

/** What the files hold that a stream in pieces of some sizes was written to. */
function written(
  text: string,
  pieces: readonly number[],
  limits: { maxBytes: number; maxLines: number },
): readonly { readonly text: string; readonly lines: number }[] {
  const files = [{ text: '', lines: 0 }];
  const blocks = new BlockFiles(
    {
      write: (bytes, lines) => {
        const file = files.at(-1) ?? { text: '', lines: 0 };
        file.text += bytes.toString('latin1');
        file.lines += lines;
        return undefined;
      },
      cut: () => {
        files.push({ text: '', lines: 0 });
      },
    },
    HEADER,
    limits,
  );
  const bytes = Buffer.from(text, 'latin1');
  let from = 0;
  for (let index = 0; from < bytes.length; index++) {
    const size = pieces[index % pieces.length] ?? 1;
    void blocks.write(bytes.subarray(from, from + size));
    from += size;
  }
  void blocks.end();
  return files.filter((file) => file.text !== '');
}

const line = fc.constantFrom(
  '{}',
  '{"a":1}',
  '{"head',
  '{"header',
  HEADER.slice(1),
  'x'.repeat(40),
);
const block = fc.record({
  name: fc.constantFrom('p', 'q', 'r'),
  lines: fc.array(line, { minLength: 1, maxLength: 6 }),
});
const textOf = ({ name, lines }: Block): string =>
  [`${HEADER}"${name}"}`, ...lines].map((one) => `${one}\n`).join('');

describe(BlockFiles.name, () => {
  it('loses nothing, cuts between blocks only, and counts lines without headers (FO-06, FO-10)', () => {
    fc.assert(
      fc.property(
        fc.array(block, { minLength: 1, maxLength: 12 }),
        fc.array(fc.integer({ min: 1, max: 60 }), { minLength: 1, maxLength: 5 }),
        fc.integer({ min: 1, max: 120 }),
        fc.integer({ min: 1, max: 9 }),
        (given, pieces, maxBytes, maxLines) => {
          const files = written(given.map(textOf).join(''), pieces, { maxBytes, maxLines });

          expect(files.map(({ text }) => text).join('')).toBe(given.map(textOf).join(''));
          for (const { text, lines } of files) {
            const all = text.split('\n').slice(0, -1);
            expect(text.startsWith(HEADER)).toBe(true);
            expect(lines).toBe(all.filter((one) => !one.startsWith(HEADER)).length);
          }
        },
      ),
    );
  });

  it('begins a file with the first block after a limit was reached (FO-05)', () => {
    const three = ['a', 'b', 'c'].map((name) => ({ name, lines: ['{}', '{}'] }));

    const files = written(three.map(textOf).join(''), [7], { maxBytes: Infinity, maxLines: 3 });

    expect(files.map(({ lines }) => lines)).toStrictEqual([4, 2]);
  });
});
