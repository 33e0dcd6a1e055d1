import { createHash, type Hash } from 'node:crypto';

/** Where the bytes of one file go; `write` resolves once the buffers may be reused. */
export interface ByteSink {
  write(chunks: readonly Buffer[]): Promise<void>;
  publish(): Promise<void>;
  abort(): Promise<void>;
  /** What is stored, known once published; undefined when it is what was written. */
  readonly stored?: StoredBytes | undefined;
}

/** What a sink has stored. */
export interface StoredBytes {
  readonly bytes: number;
  readonly sha256: Buffer;
}

/** What a finished file holds. */
export interface NdjsonFile {
  /** 0 for the first file of the sequence. */
  readonly index: number;
  readonly lines: number;
  readonly bytes: number;
  /** SHA-256 of the bytes. */
  readonly sha256: Buffer;
  /** Size of what the sink stored. */
  readonly storedBytes: number;
  /** SHA-256 of what the sink stored; undefined when that is the bytes. */
  readonly storedSha256: Buffer | undefined;
}

interface OpenFile {
  readonly index: number;
  readonly hash: Hash;
  lines: number;
  bytes: number;
}

/** Called when bytes are no longer needed. */
export type Release = () => void;

/** Bytes gathered into one write: large writes are what a disk likes. */
const WRITE_BYTES = 1 << 20;
/** Bytes handed over and not yet written before the reader is asked to wait. */
const IN_FLIGHT_BYTES = 6 << 20;

/**
 * Writes a stream of NDJSON bytes to a sequence of files, counting lines and hashing on the way.
 * Memory stays below about 7 MB whatever the files' size. A file comes into being with its first
 * byte, so a stream without lines leaves none (MF-13). While a file is published, which may take as
 * long as its bytes take to the disk, the next one is written.
 */
export class NdjsonFiles {
  /** Whoever writes may use the memory of the bytes again after `release`: see `write`. */
  readonly releases = true;
  private readonly finished: NdjsonFile[] = [];
  private file: OpenFile | undefined;
  private sink: ByteSink | undefined;
  private gathered = new Gathered();
  private inFlight = 0;
  private tail: Promise<void> = Promise.resolve();
  private publishing: Promise<void> = Promise.resolve();
  private failure: Error | undefined;
  private failed = false;
  private begun = 0;
  private totalBytes = 0;

  /** @param create begins file `index`; called once for each file, in order */
  constructor(private readonly create: (index: number) => Promise<ByteSink>) {}

  /** Bytes taken over so far, in all files. */
  get bytes(): number {
    return this.totalBytes;
  }

  /**
   * Takes bytes over; they must not change before `release` is called, which happens exactly once,
   * whether they could be written or not.
   *
   * @param lines how many lines begin in these bytes
   * @returns a promise to wait for before more bytes are given, or undefined to go on at once; it
   *   rejects when a file could not be written
   */
  write(bytes: Buffer, lines: number, release?: Release): Promise<void> | undefined {
    this.file ??= this.begin();
    this.file.bytes += bytes.length;
    this.totalBytes += bytes.length;
    this.file.lines += lines;
    this.gathered.add(bytes, release);
    if (this.gathered.bytes >= WRITE_BYTES) this.flush(this.file);
    return this.failed || this.inFlight > IN_FLIGHT_BYTES ? this.settled() : undefined;
  }

  /** Ends the current file: what follows goes to the next one. Nothing happens when it is empty. */
  cut(): void {
    const { file } = this;
    if (!file) return;
    this.flush(file);
    this.file = undefined;
    const { index, lines, bytes } = file;
    const sha256 = file.hash.digest();
    this.enqueue(async () => {
      const { sink } = this;
      this.sink = undefined;
      // One at a time: a disk that is slow to take files must not be given ever more of them.
      await this.publishing;
      this.publishing = this.guard(async () => {
        await sink?.publish();
        const { stored } = sink ?? {};
        const [storedBytes, storedSha256] = [stored?.bytes ?? bytes, stored?.sha256];
        this.finished.push({ index, lines, bytes, sha256, storedBytes, storedSha256 });
      }, sink);
    });
  }

  /** Ends the last file. @returns all files, published. @throws the first failure to write */
  async finish(): Promise<readonly NdjsonFile[]> {
    this.cut();
    await this.tail;
    await this.publishing;
    await this.settled();
    return this.finished;
  }

  /** Gives up: the file being written is removed, published ones stay. Never throws. */
  async abort(): Promise<void> {
    this.failed = true;
    this.gathered.release();
    await this.tail;
    await this.publishing;
    await this.sink?.abort().catch(ignore);
  }

  private begin(): OpenFile {
    const file = { index: this.begun++, hash: createHash('sha256'), lines: 0, bytes: 0 };
    this.enqueue(async () => {
      this.sink = await this.create(file.index);
    });
    return file;
  }

  private flush({ hash }: OpenFile): void {
    const { gathered } = this;
    if (gathered.bytes === 0) return;
    this.gathered = new Gathered();
    this.inFlight += gathered.bytes;
    for (const chunk of gathered.chunks) hash.update(chunk);
    this.enqueue(
      async () => {
        await this.sink?.write(gathered.chunks);
      },
      () => {
        this.inFlight -= gathered.bytes;
        gathered.release();
      },
    );
  }

  /** Steps run one after the other; after a failure none runs any more, but each `after` does. */
  private enqueue(step: () => Promise<void>, after: () => void = ignore): void {
    this.tail = this.tail.then(() => this.guard(step)).then(after);
  }

  /** @param sink what is given up when the step fails */
  private async guard(step: () => Promise<void>, sink?: ByteSink): Promise<void> {
    try {
      if (!this.failed) {
        await step();
        return;
      }
    } catch (error) {
      this.failed = true;
      this.failure ??= error instanceof Error ? error : new Error('A file could not be written.');
    }
    await sink?.abort().catch(ignore);
  }

  private async settled(): Promise<void> {
    await this.tail;
    if (this.failed) throw this.failure ?? new Error('The files were given up.');
  }
}

/** Bytes that are written together. */
class Gathered {
  readonly chunks: Buffer[] = [];
  bytes = 0;
  private releases: Release[] = [];

  /** Neighbours in memory become one: fewer, larger pieces are cheaper to hash and to write. */
  add(chunk: Buffer, release: Release | undefined): void {
    const last = this.chunks.at(-1);
    if (
      last &&
      last.buffer === chunk.buffer &&
      last.byteOffset + last.length === chunk.byteOffset
    ) {
      this.chunks.pop();
      this.chunks.push(Buffer.from(chunk.buffer, last.byteOffset, last.length + chunk.length));
    } else {
      this.chunks.push(chunk);
    }
    this.bytes += chunk.length;
    if (release) this.releases.push(release);
  }

  release(): void {
    for (const release of this.releases.splice(0)) release();
  }
}

function ignore(): void {
  // Nothing to do.
}
