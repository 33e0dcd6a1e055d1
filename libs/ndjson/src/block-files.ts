import type { FileLimits } from './copy-binary';
import type { NdjsonFiles } from './ndjson-files';

const NEWLINE = 0x0a;
const NOTHING = Buffer.alloc(0);

/**
 * Hands NDJSON bytes on to files that are cut between blocks only (FO-06): a block is a header line,
 * known by how it begins, with the lines up to the next header. A file may pass its limits by the rest
 * of a block. Lines are counted without headers (FO-10).
 *
 * Bytes come in pieces of any size. Of a piece at most the beginning of a header is held back.
 */
export class BlockFiles {
  private readonly boundary: Buffer;
  private held: Buffer = NOTHING;
  private fileBytes = 0;
  private fileLines = 0;
  /** The next bytes begin with a header. */
  private atHeader = true;

  /** @param header how a header line begins, and no other line: the stream begins with one */
  constructor(
    private readonly files: Pick<NdjsonFiles, 'write' | 'cut'>,
    header: string,
    private readonly limits: FileLimits,
  ) {
    this.boundary = Buffer.from(`\n${header}`);
  }

  /** See NdjsonFiles.write. How many lines begin in the bytes is found out here. */
  write(bytes: Buffer): Promise<void> | undefined {
    const data = this.held.length > 0 ? Buffer.concat([this.held, bytes]) : bytes;
    const end = data.length - this.openEnd(data);
    this.held = data.subarray(end);
    let wait: Promise<void> | undefined;
    let from = 0;
    for (let at = data.indexOf(this.boundary); at >= 0; at = data.indexOf(this.boundary, at + 1)) {
      wait = this.give(data.subarray(from, at + 1)) ?? wait;
      this.beginBlock();
      from = at + 1;
    }
    return this.give(data.subarray(from, end)) ?? wait;
  }

  /** Nothing: files are cut here, where blocks end. */
  cut(): void {
    // See the class.
  }

  /** Gives what was held back: no more bytes come. */
  end(): Promise<void> | undefined {
    const rest = this.held;
    this.held = NOTHING;
    return this.give(rest);
  }

  private beginBlock(): void {
    this.atHeader = true;
    if (this.fileBytes < this.limits.maxBytes && this.fileLines < this.limits.maxLines) return;
    this.files.cut();
    this.fileBytes = this.fileLines = 0;
  }

  private give(bytes: Buffer): Promise<void> | undefined {
    if (bytes.length === 0) return undefined;
    const lines = this.resourcesIn(bytes);
    this.fileBytes += bytes.length;
    this.fileLines += lines;
    return this.files.write(bytes, lines);
  }

  /** Lines that end in the bytes; a header is taken off where it begins. */
  private resourcesIn(bytes: Buffer): number {
    let lines = this.atHeader ? -1 : 0;
    this.atHeader = false;
    for (let at = bytes.indexOf(NEWLINE); at >= 0; at = bytes.indexOf(NEWLINE, at + 1)) lines++;
    return lines;
  }

  /** Bytes at the end that may be the beginning of a boundary. */
  private openEnd(data: Buffer): number {
    const at = data.lastIndexOf(NEWLINE);
    const length = at < 0 ? 0 : data.length - at;
    if (length === 0 || length >= this.boundary.length) return 0;
    return data.subarray(at).equals(this.boundary.subarray(0, length)) ? length : 0;
  }
}
