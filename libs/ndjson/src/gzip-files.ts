import { createHash, type Hash } from 'node:crypto';
import { createGzip, type Gzip } from 'node:zlib';

import type { FileLimits } from './copy-binary';
import { type ByteSink, NdjsonFiles, type Release } from './ndjson-files';

/** What is known of ready-made gzip members that are copied in one piece. */
export interface MemberPiece {
  /** Bytes of gzip. */
  readonly length: number;
  readonly lines: number;
  /** Bytes of NDJSON. */
  readonly bytes: number;
}

/** A finished file of gzip members, which together are its NDJSON. */
export interface GzipFile {
  readonly index: number;
  readonly lines: number;
  /** Of the NDJSON. */
  readonly bytes: number;
  /** SHA-256 of the NDJSON; undefined where members were copied, whose bytes were never seen. */
  readonly sha256: Buffer | undefined;
  readonly storedBytes: number;
  /** SHA-256 of the file as it is stored. */
  readonly storedSha256: Buffer;
}

/** Where lines go: see NdjsonFiles. */
export interface LineWriter {
  /** Whoever writes may use the memory of the bytes again after `release`. */
  readonly releases: true;
  write(bytes: Buffer, lines: number, release?: Release): Promise<void> | undefined;
  cut(): void;
}

interface OpenFile {
  lines: number;
  bytes: number;
  /** Undefined once members were copied. */
  hash: Hash | undefined;
}

/** Level 6 halves the speed for a fifth of the size. */
const LEVEL = 1;
/** Lines are looked at in blocks: only between two of them is a file ended. */
const BLOCK_BYTES = 1 << 20;
const BLOCK_LINES = 4096;
/** Bytes taken over and not yet compressed before the reader is asked to wait. */
const WAITING_BYTES = 2 << 20;

/**
 * Writes a sequence of gzip files from ready-made members and from lines, which are compressed here.
 * Files end between members, or between lines, once they hold `maxBytes` of NDJSON, and hold no more
 * than `maxLines`. Memory does not grow with the files, nor with a line.
 */
export class GzipFiles {
  /** Limits for the reader of lines: it cuts blocks, and files are ended here. */
  readonly blocks: FileLimits;
  private readonly files: NdjsonFiles;
  private readonly all: OpenFile[] = [];
  private file: OpenFile | undefined;
  private gzip: Gzip | undefined;
  private tail: Promise<void> = Promise.resolve();
  private pressure: Promise<void> | undefined;
  private waiting = 0;
  private totalBytes = 0;

  /** @param create as for NdjsonFiles */
  constructor(
    create: (index: number) => Promise<ByteSink>,
    private readonly limits: FileLimits,
  ) {
    this.files = new NdjsonFiles(create);
    this.blocks = {
      maxBytes: atLeastOne(Math.min(BLOCK_BYTES, limits.maxBytes / 64)),
      maxLines: atLeastOne(Math.min(BLOCK_LINES, limits.maxLines / 64)),
    };
  }

  /** Bytes of NDJSON so far, in all files. */
  get bytes(): number {
    return this.totalBytes;
  }

  /**
   * Takes pieces of `pieces`, in their order, each followed by a line feed, which is dropped: that is
   * how a reader of lines gives them.
   */
  members(pieces: readonly MemberPiece[]): LineWriter {
    const queue = pieces.values();
    let piece: MemberPiece | undefined;
    let left = 0;
    const take = (bytes: Buffer, hold: () => Release): void => {
      for (let at = 0; at < bytes.length;) {
        if (!piece) {
          piece = queue.next().value;
          if (!piece) throw new Error('More members came than were asked for.');
          left = piece.length;
          this.beginMember(piece);
        }
        const end = Math.min(bytes.length, at + left);
        if (end > at) this.store(bytes.subarray(at, end), hold());
        left -= end - at;
        at = end;
        if (left === 0 && at < bytes.length) {
          piece = undefined;
          at++;
        }
      }
    };
    return {
      releases: true,
      write: (bytes, _lines, release) => {
        const held = new Held(release);
        const last = held.hold();
        take(bytes, () => held.hold());
        last();
        return this.whenReady();
      },
      cut: () => undefined,
    };
  }

  /** Takes lines, from a reader that cuts them into `blocks`. */
  lines(): LineWriter {
    this.makeRoom(this.blocks.maxLines);
    return {
      releases: true,
      write: (bytes, lines, release) => {
        this.add(lines, bytes.length);
        this.compress(bytes, release);
        return this.whenReady();
      },
      cut: () => {
        this.makeRoom(this.blocks.maxLines);
      },
    };
  }

  /** Ends the last file. @returns all files, published. @throws the first failure to write */
  async finish(): Promise<readonly GzipFile[]> {
    this.end();
    await this.tail;
    const finished = await this.files.finish();
    return finished.map(({ index, bytes: storedBytes, sha256: storedSha256 }) => {
      const { lines, bytes, hash } = this.all[index] ?? { lines: 0, bytes: 0, hash: undefined };
      return { index, lines, bytes, sha256: hash?.digest(), storedBytes, storedSha256 };
    });
  }

  /** Gives up: the file being written is removed, published ones stay. Never throws. */
  async abort(): Promise<void> {
    await this.tail.catch(() => undefined);
    this.gzip?.destroy();
    await this.files.abort();
  }

  private beginMember({ lines, bytes }: MemberPiece): void {
    this.makeRoom(lines);
    this.add(lines, bytes).hash = undefined;
  }

  private makeRoom(lines: number): void {
    const { file, limits } = this;
    if (!file) return;
    if (file.bytes >= limits.maxBytes || file.lines + lines > limits.maxLines) this.end();
  }

  private add(lines: number, bytes: number): OpenFile {
    if (!this.file) {
      this.file = { lines: 0, bytes: 0, hash: createHash('sha256') };
      this.all.push(this.file);
    }
    this.file.lines += lines;
    this.file.bytes += bytes;
    this.totalBytes += bytes;
    return this.file;
  }

  private store(bytes: Buffer, release: Release): void {
    let given = false;
    this.enqueue(
      bytes.length,
      () => {
        given = true;
        this.pressure = this.files.write(bytes, 0, release);
        return this.relief();
      },
      () => {
        if (!given) release();
      },
    );
  }

  private compress(bytes: Buffer, release?: Release): void {
    const { file } = this;
    const step = async (): Promise<void> => {
      file?.hash?.update(bytes);
      const gzip = (this.gzip ??= this.begin());
      await new Promise<void>((resolve, reject) => {
        gzip.write(bytes, (error) => {
          if (error) reject(error);
          else resolve();
        });
      });
      await this.relief();
    };
    this.enqueue(bytes.length, step, release);
  }

  /** A member of lines that is under way ends with its file. */
  private end(): void {
    if (!this.file) return;
    this.file = undefined;
    this.enqueue(0, async () => {
      const { gzip } = this;
      this.gzip = undefined;
      if (gzip) {
        await new Promise((resolve, reject) => {
          gzip.once('end', resolve).once('error', reject).end();
        });
        await this.relief();
      }
      this.files.cut();
    });
  }

  private begin(): Gzip {
    const gzip = createGzip({ level: LEVEL });
    gzip.on('data', (chunk: Buffer) => {
      const wait = this.files.write(chunk, 0);
      // One step may be several writes, of which the last is waited for: it fails as the others do.
      wait?.catch(ignore);
      this.pressure = wait ?? this.pressure;
    });
    // Whoever writes is told as well.
    gzip.on('error', ignore);
    return gzip;
  }

  /** Waits until the files take more. */
  private async relief(): Promise<void> {
    const { pressure } = this;
    this.pressure = undefined;
    await pressure;
  }

  /** Steps run one after the other; after a failure none runs any more, but each `after` does. */
  private enqueue(bytes: number, step: () => Promise<void>, after?: () => void): void {
    this.waiting += bytes;
    this.tail = this.tail.then(step).finally(() => {
      this.waiting -= bytes;
      after?.();
    });
    // Whoever writes next, or finishes, is told.
    this.tail.catch(() => undefined);
  }

  private whenReady(): Promise<void> | undefined {
    return this.waiting > WAITING_BYTES ? this.tail : undefined;
  }
}

/** Bytes that are given on in pieces: they are needed until the last of these is not. */
class Held {
  private pieces = 0;

  constructor(private readonly release: Release | undefined) {}

  hold(): Release {
    this.pieces++;
    return () => {
      this.pieces--;
      if (this.pieces === 0) this.release?.();
    };
  }
}

function ignore(): void {
  // Somebody else is told.
}

function atLeastOne(limit: number): number {
  return Math.max(1, Math.floor(limit));
}
