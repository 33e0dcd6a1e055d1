import fc from 'fast-check';

import { CopyBinaryLines, type FileLimits } from './copy-binary';

const UNLIMITED: FileLimits = {
  maxBytes: Number.MAX_SAFE_INTEGER,
  maxLines: Number.MAX_SAFE_INTEGER,
};

function message(type: string, body: Buffer): Buffer {
  const header = Buffer.alloc(5);
  header.write(type, 'latin1');
  header.writeInt32BE(body.length + 4, 1);
  return Buffer.concat([header, body]);
}

function int16(value: number): Buffer {
  const bytes = Buffer.alloc(2);
  bytes.writeInt16BE(value);
  return bytes;
}

function int32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32BE(value);
  return bytes;
}

const FILE_HEADER = Buffer.concat([
  Buffer.from('PGCOPY\n\xff\r\n\0', 'latin1'),
  int32(0),
  int32(0),
]);
const row = (text: string): Buffer =>
  Buffer.concat([int16(1), int32(Buffer.byteLength(text)), Buffer.from(text)]);

/** What PostgreSQL sends: the file header goes with the first row, each row is a message. */
function wire(rows: readonly string[]): Buffer {
  const bodies = rows.map(row);
  const first = Buffer.concat([FILE_HEADER, bodies[0] ?? Buffer.alloc(0)]);
  return Buffer.concat([
    message('H', Buffer.from([1, 0, 1, 0, 1])),
    ...[first, ...bodies.slice(1), int16(-1)].map((body) => message('d', body)),
    message('c', Buffer.alloc(0)),
    message('C', Buffer.from(`COPY ${rows.length}\0`)),
    message('Z', Buffer.from('I')),
  ]);
}

interface Result {
  readonly files: readonly string[];
  readonly lines: readonly number[];
  readonly controls: string;
}

function decode(bytes: Buffer, cuts: readonly number[], limits = UNLIMITED): Result {
  const files: Buffer[][] = [[]];
  const lines = [0];
  let controls = '';
  const decoder = new CopyBinaryLines(
    {
      data: (chunk, begun) => {
        files.at(-1)?.push(Buffer.from(chunk));
        lines[lines.length - 1] = (lines.at(-1) ?? 0) + begun;
      },
      cut: () => {
        files.push([]);
        lines.push(0);
      },
      control: (type) => {
        controls += String.fromCharCode(type);
      },
    },
    limits,
  );
  let from = 0;
  for (const to of [...cuts, bytes.length].filter((cut) => cut > 0).sort((a, b) => a - b)) {
    decoder.push(Buffer.from(bytes.subarray(from, to)));
    from = to;
  }
  return { files: files.map((chunks) => Buffer.concat(chunks).toString()), lines, controls };
}

const rowsOf = fc.array(fc.string({ unit: 'grapheme', minLength: 1, maxLength: 200 }), {
  maxLength: 30,
});

describe(CopyBinaryLines.name, () => {
  it('gives every row once with a newline after it, however the stream is chopped', () => {
    fc.assert(
      fc.property(rowsOf, fc.array(fc.nat(6000)), (rows, cuts) => {
        const bytes = wire(rows);

        const result = decode(
          bytes,
          cuts.filter((cut) => cut < bytes.length),
        );

        expect(result.files.join('')).toBe(rows.map((text) => `${text}\n`).join(''));
        expect(result.lines).toStrictEqual([rows.length]);
        expect(result.controls).toBe('HcCZ');
      }),
    );
  });

  it('survives chunks of a single byte', () => {
    const rows = ['{"a":1}', 'x', '{"ü":"€"}'];
    const bytes = wire(rows);

    const result = decode(
      bytes,
      Array.from({ length: bytes.length }, (_, index) => index),
    );

    expect(result.files).toStrictEqual(['{"a":1}\nx\n{"ü":"€"}\n']);
  });

  it('reads rows and headers that lie across messages', () => {
    const body = Buffer.concat([FILE_HEADER, row('first'), row('second'), int16(-1)]);
    const messages = Array.from(body, (byte) => message('d', Buffer.from([byte])));

    const result = decode(Buffer.concat([...messages, message('Z', Buffer.from('I'))]), []);

    expect(result.files).toStrictEqual(['first\nsecond\n']);
    expect(result.lines).toStrictEqual([2]);
  });

  it('cuts files only between lines, when either limit is reached, and never leaves an empty one', () => {
    fc.assert(
      fc.property(
        rowsOf,
        fc.integer({ min: 1, max: 5 }),
        fc.integer({ min: 1, max: 300 }),
        (rows, maxLines, maxBytes) => {
          const { files, lines } = decode(wire(rows), [7, 50, 300], { maxLines, maxBytes });

          expect(files.join('')).toBe(rows.map((text) => `${text}\n`).join(''));
          for (const [index, file] of files.entries()) {
            expect(file.endsWith('\n') || rows.length === 0).toBe(true);
            expect(lines[index]).toBeLessThanOrEqual(maxLines);
            const withoutLast = file.slice(0, file.slice(0, -1).lastIndexOf('\n') + 1);
            expect(Buffer.byteLength(withoutLast)).toBeLessThan(maxBytes);
          }
        },
      ),
    );
  });

  it.each([
    ['NULL', Buffer.concat([FILE_HEADER, int16(1), int32(-1)]), 'NULL'],
    ['an empty row', Buffer.concat([FILE_HEADER, int16(1), int32(0)]), 'an empty row'],
    ['two columns', Buffer.concat([FILE_HEADER, int16(2)]), '2 columns'],
    ['text format', Buffer.from('{"resourceType":"Patient"}'), 'no binary signature'],
  ])('refuses %s', (_what, body, words) => {
    expect(() => decode(message('d', body), [])).toThrow(words);
  });

  it('hands over an error in mid-stream with its body', () => {
    const bodies: string[] = [];
    const decoder = new CopyBinaryLines(
      {
        data: () => undefined,
        cut: () => undefined,
        control: (type, body) => bodies.push(`${String.fromCharCode(type)}:${body.toString()}`),
      },
      UNLIMITED,
    );

    decoder.push(message('d', Buffer.concat([FILE_HEADER, row('one')])));
    decoder.push(message('E', Buffer.from('SERROR\0\0')));

    expect(bodies).toStrictEqual(['E:SERROR\0\0']);
  });
});
