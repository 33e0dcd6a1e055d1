/** A line without its terminator; `text` is undefined when it is longer than the limit. */
export interface Line {
  readonly number: number;
  readonly text: Buffer | undefined;
}

const NEWLINE = 0x0a;
const CARRIAGE_RETURN = 0x0d;
const BYTE_ORDER_MARK = Buffer.from([0xef, 0xbb, 0xbf]);

/**
 * Cuts a stream of bytes into lines, a batch per chunk. Ends of line are `\n` and `\r\n`; a byte
 * order mark at the start is dropped; every other byte is handed on. Memory holds one chunk and one
 * line; a line above `maxBytes` is passed over and reported without its text.
 */
export async function* readLines(
  chunks: AsyncIterable<Buffer>,
  maxBytes: number,
): AsyncGenerator<readonly Line[]> {
  const cutter = new LineCutter(maxBytes);
  for await (const chunk of chunks) {
    const lines = cutter.push(chunk);
    if (lines.length > 0) yield lines;
  }
  const last = cutter.end();
  if (last) yield [last];
}

class LineCutter {
  private pieces: Buffer[] = [];
  private pending = 0;
  private number = 0;

  constructor(private readonly maxBytes: number) {}

  push(chunk: Buffer): readonly Line[] {
    const lines: Line[] = [];
    let start = 0;
    for (let end = chunk.indexOf(NEWLINE); end >= 0; end = chunk.indexOf(NEWLINE, start)) {
      this.keep(chunk.subarray(start, end));
      lines.push(this.cut());
      start = end + 1;
    }
    if (start < chunk.length) this.keep(chunk.subarray(start));
    return lines;
  }

  end(): Line | undefined {
    return this.pending > 0 ? this.cut() : undefined;
  }

  private keep(piece: Buffer): void {
    this.pending += piece.length;
    if (this.pending > this.maxBytes) this.pieces = [];
    else this.pieces.push(piece);
  }

  private cut(): Line {
    this.number += 1;
    const isTooLong = this.pending > this.maxBytes;
    const text = isTooLong ? undefined : this.trim(this.joined());
    this.pieces = [];
    this.pending = 0;
    return { number: this.number, text };
  }

  private joined(): Buffer {
    const [first] = this.pieces;
    return first && this.pieces.length === 1 ? first : Buffer.concat(this.pieces);
  }

  private trim(line: Buffer): Buffer {
    const hasMark = this.number === 1 && line.subarray(0, 3).equals(BYTE_ORDER_MARK);
    const hasReturn = line.at(-1) === CARRIAGE_RETURN;
    return line.subarray(hasMark ? 3 : 0, hasReturn ? -1 : undefined);
  }
}
