/** Receives what a CopyBinaryLines finds. Buffers are views of the chunk that was pushed. */
export interface LineReceiver {
  /** Bytes of NDJSON; `lines` is how many lines begin in them. */
  data(bytes: Buffer, lines: number): void;
  /** Called between two lines when a limit is reached: what follows belongs to the next file. */
  cut(): void;
  /** A message that is not copy data: its type byte and its body. */
  control(type: number, body: Buffer): void;
}

export interface FileLimits {
  /** A file is cut after the line that makes it this large, in bytes. */
  readonly maxBytes: number;
  readonly maxLines: number;
}

/** One file, however large. */
export const NO_LIMITS: FileLimits = { maxBytes: Infinity, maxLines: Infinity };

/** The stream is not what COPY … (FORMAT binary) of one text column gives. */
export class CopyFormatError extends Error {
  constructor(what: string) {
    super(`COPY gave ${what}.`);
    this.name = 'CopyFormatError';
  }
}

const COPY_DATA = 0x64; // 'd'
const NEWLINE = 0x0a;
const MESSAGE_HEADER = 5;
/** Message header, column count and column length in front of a row of one column. */
const ROW_HEADER = 11;
const SIGNATURE = Buffer.from('PGCOPY\n\xff\r\n\0', 'latin1');
const FILE_HEADER = SIGNATURE.length + 8;

/** Where the parser stands inside the copy data; between messages it stays where it is. */
const enum At {
  FileHeader,
  ColumnCount,
  ColumnLength,
  Column,
  End,
}

/**
 * Turns the messages of `COPY (SELECT text …) TO STDOUT (FORMAT binary)` into NDJSON inside the
 * received buffers: row headers are squeezed out in place and a newline is written into the room
 * they leave, so the cost of a row is a few comparisons and one memmove. Rows may be of any size and
 * may lie across messages and chunks in any way; nothing of a row is ever held.
 *
 * Protocol: https://www.postgresql.org/docs/current/protocol-flow.html#PROTOCOL-COPY and the binary
 * format of https://www.postgresql.org/docs/current/sql-copy.html.
 */
export class CopyBinaryLines {
  private at = At.FileHeader;
  /** Headers that were cut off by the end of a chunk, or of a message. */
  private readonly messageHead = new PartialHeader(MESSAGE_HEADER);
  private readonly copyHead = new PartialHeader(FILE_HEADER);
  /** Bytes left of the current copy-data message, and of the current column. */
  private messageLeft = 0;
  private columnLeft = 0;
  private controlType = 0;
  private controlLeft = -1;
  private controlBody: Buffer[] = [];
  private extensionLeft = 0;
  /** True while a complete row still lacks its newline. */
  private unterminated = false;
  private fileBytes = 0;
  private fileLines = 0;

  // The three below belong to the chunk being pushed: read position, write position, first byte
  // not yet given to the receiver.
  private chunk: Buffer = Buffer.alloc(0);
  private read = 0;
  private written = 0;
  private given = 0;
  private newLines = 0;

  constructor(
    private readonly receiver: LineReceiver,
    private readonly limits: FileLimits,
  ) {}

  /**
   * Takes the next bytes from the socket. The chunk is changed in place.
   *
   * @returns how much of the chunk, from its beginning, now is NDJSON that the receiver was given: the
   *   rest is free
   * @throws CopyFormatError on NULL, an empty row, or more than one column
   */
  push(chunk: Buffer): number {
    this.chunk = chunk;
    this.read = this.written = this.given = 0;
    while (this.read < chunk.length) this.step();
    this.give();
    return this.written;
  }

  private step(): void {
    if (this.controlLeft >= 0) this.readControl();
    else if (this.messageLeft === 0) this.readMessageHeader();
    else if (this.at === At.Column) this.moveColumn();
    else this.readCopyHeader();
  }

  private readMessageHeader(): void {
    if (this.at === At.ColumnCount && this.readWholeRowHeader()) return;
    this.read += this.messageHead.take(this.chunk, this.read, MESSAGE_HEADER, Infinity);
    const header = this.messageHead.complete(MESSAGE_HEADER);
    if (!header) return;
    const type = header.readUInt8(0);
    const length = header.readInt32BE(1) - 4;
    if (type === COPY_DATA) {
      this.messageLeft = length;
      return;
    }
    this.controlType = type;
    this.controlLeft = length;
    if (length === 0) this.endControl();
  }

  /** The common case: one row is one message, and its header lies in this chunk as a whole. */
  private readWholeRowHeader(): boolean {
    const { chunk, read } = this;
    if (!this.messageHead.empty || !this.copyHead.empty) return false;
    if (chunk.length - read < ROW_HEADER || chunk[read] !== COPY_DATA) return false;
    const message = int32(chunk, read + 1) - 4;
    const column = int32(chunk, read + 7);
    const oneColumn = chunk[read + 5] === 0 && chunk[read + 6] === 1;
    if (!oneColumn || column <= 0 || column !== message - 6) return false;
    this.read += ROW_HEADER;
    this.messageLeft = column;
    this.beginRow(column);
    return true;
  }

  private moveColumn(): void {
    const length = Math.min(this.columnLeft, this.messageLeft, this.chunk.length - this.read);
    if (this.written !== this.read) {
      this.chunk.copyWithin(this.written, this.read, this.read + length);
    }
    this.written += length;
    this.read += length;
    this.columnLeft -= length;
    this.messageLeft -= length;
    this.fileBytes += length;
    if (this.columnLeft === 0) {
      this.at = At.ColumnCount;
      this.unterminated = true;
    }
  }

  private readCopyHeader(): void {
    switch (this.at) {
      case At.FileHeader:
        this.readFileHeader();
        return;
      case At.ColumnCount:
        this.readColumnCount(this.copyHeader(2)?.readInt16BE(0));
        return;
      case At.ColumnLength:
        this.beginRow(this.copyHeader(4)?.readInt32BE(0));
        return;
      case At.Column:
      case At.End:
        throw new CopyFormatError('data after its end');
    }
  }

  private readFileHeader(): void {
    if (this.extensionLeft > 0) {
      const skipped = Math.min(this.extensionLeft, this.messageLeft, this.chunk.length - this.read);
      this.read += skipped;
      this.messageLeft -= skipped;
      this.extensionLeft -= skipped;
    } else {
      const header = this.copyHeader(FILE_HEADER);
      if (!header) return;
      if (!header.subarray(0, SIGNATURE.length).equals(SIGNATURE)) {
        throw new CopyFormatError('no binary signature');
      }
      this.extensionLeft = header.readInt32BE(FILE_HEADER - 4);
    }
    if (this.extensionLeft === 0) this.at = At.ColumnCount;
  }

  private readColumnCount(columns: number | undefined): void {
    if (columns === undefined) return;
    if (columns === -1) this.at = At.End;
    else if (columns === 1) this.at = At.ColumnLength;
    else throw new CopyFormatError(`${columns} columns instead of one`);
  }

  private beginRow(length: number | undefined): void {
    if (length === undefined) return;
    if (length === -1) throw new CopyFormatError('a row without content (NULL)');
    if (length === 0) throw new CopyFormatError('an empty row');
    this.terminateRow();
    if (this.fileLines >= this.limits.maxLines || this.fileBytes >= this.limits.maxBytes) {
      this.give();
      this.receiver.cut();
      this.fileLines = this.fileBytes = 0;
    }
    this.fileLines++;
    this.newLines++;
    this.columnLeft = length;
    this.at = At.Column;
  }

  /** There is always room: at least one byte of the header just read lay in this chunk. */
  private terminateRow(): void {
    if (!this.unterminated) return;
    this.chunk[this.written++] = NEWLINE;
    this.fileBytes++;
    this.unterminated = false;
  }

  private readControl(): void {
    const end = Math.min(this.chunk.length, this.read + this.controlLeft);
    this.controlBody.push(Buffer.from(this.chunk.subarray(this.read, end)));
    this.controlLeft -= end - this.read;
    this.read = end;
    if (this.controlLeft === 0) this.endControl();
  }

  private endControl(): void {
    const body = Buffer.concat(this.controlBody);
    this.controlBody = [];
    this.controlLeft = -1;
    this.terminateRow();
    this.give();
    this.receiver.control(this.controlType, body);
  }

  /** The next header of the copy data, when all of it is there. */
  private copyHeader(length: number): Buffer | undefined {
    const taken = this.copyHead.take(this.chunk, this.read, length, this.messageLeft);
    this.read += taken;
    this.messageLeft -= taken;
    return this.copyHead.complete(length);
  }

  private give(): void {
    if (this.written === this.given) return;
    this.receiver.data(this.chunk.subarray(this.given, this.written), this.newLines);
    this.given = this.written;
    this.newLines = 0;
  }
}

/** Header bytes collected over chunks. */
class PartialHeader {
  private readonly bytes: Buffer;
  private length = 0;

  constructor(capacity: number) {
    this.bytes = Buffer.alloc(capacity);
  }

  get empty(): boolean {
    return this.length === 0;
  }

  /** Takes what is missing to `wanted` bytes, at most `within`. @returns how many were taken */
  take(chunk: Buffer, from: number, wanted: number, within: number): number {
    const taken = Math.min(wanted - this.length, chunk.length - from, within);
    chunk.copy(this.bytes, this.length, from, from + taken);
    this.length += taken;
    return taken;
  }

  /** The header, when it has all its bytes; collecting then begins anew. */
  complete(wanted: number): Buffer | undefined {
    if (this.length < wanted) return undefined;
    this.length = 0;
    return this.bytes;
  }
}

/** Unchecked, as the hot path needs it: the caller knows that four bytes are there. */
function int32(bytes: Buffer, at: number): number {
  return (
    ((bytes[at] ?? 0) << 24) |
    ((bytes[at + 1] ?? 0) << 16) |
    ((bytes[at + 2] ?? 0) << 8) |
    (bytes[at + 3] ?? 0)
  );
}
