import { createHash, type Hash } from 'node:crypto';

/** Where the bytes of one file go; `write` resolves once the buffers may be reused. */
export interface ByteSink {
  write(chunks: readonly Buffer[]): Promise<void>;
  publish(): Promise<void>;
  abort(): Promise<void>;
}

/** What a finished file holds. */
export interface NdjsonFile {
  /** 0 for the first file of the sequence. */
  readonly index: number;
  readonly lines: number;
  readonly bytes: number;
  /** SHA-256 of the bytes. */
  readonly sha256: Buffer;
}

interface OpenFile {
  readonly index: number;
  readonly hash: Hash;
  lines: number;
  bytes: number;
}

/** Bytes gathered into one write: large writes are what a disk likes. */
const WRITE_BYTES = 1 << 20;
/** Bytes handed over and not yet written before the reader is asked to wait. */
const IN_FLIGHT_BYTES = 4 << 20;

/**
 * Writes a stream of NDJSON bytes to a sequence of files, counting lines and hashing on the way.
 * Memory stays below about 5 MB whatever the files' size. A file comes into being with its first
 * byte, so a stream without lines leaves none (MF-13).
 */
export class NdjsonFiles {
  private readonly finished: NdjsonFile[] = [];
  private file: OpenFile | undefined;
  private sink: ByteSink | undefined;
  private gathered: Buffer[] = [];
  private gatheredBytes = 0;
  private inFlight = 0;
  private tail: Promise<void> = Promise.resolve();
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
   * Takes bytes over; the buffer must not change afterwards.
   *
   * @param lines how many lines begin in these bytes
   * @returns a promise to wait for before more bytes are given, or undefined to go on at once; it
   *   rejects when a file could not be written
   */
  write(bytes: Buffer, lines: number): Promise<void> | undefined {
    this.file ??= this.begin();
    this.file.hash.update(bytes);
    this.file.bytes += bytes.length;
    this.totalBytes += bytes.length;
    this.file.lines += lines;
    this.gathered.push(bytes);
    this.gatheredBytes += bytes.length;
    if (this.gatheredBytes >= WRITE_BYTES) this.flush();
    return this.failed || this.inFlight > IN_FLIGHT_BYTES ? this.settled() : undefined;
  }

  /** Ends the current file: what follows goes to the next one. Nothing happens when it is empty. */
  cut(): void {
    const { file } = this;
    if (!file) return;
    this.flush();
    this.file = undefined;
    const summary = { ...file, sha256: file.hash.digest() };
    this.enqueue(async () => {
      await this.sink?.publish();
      this.sink = undefined;
      this.finished.push({
        index: summary.index,
        lines: summary.lines,
        bytes: summary.bytes,
        sha256: summary.sha256,
      });
    });
  }

  /** Ends the last file. @returns all files, published. @throws the first failure to write */
  async finish(): Promise<readonly NdjsonFile[]> {
    this.cut();
    await this.settled();
    return this.finished;
  }

  /** Gives up: the file being written is removed, published ones stay. Never throws. */
  async abort(): Promise<void> {
    this.failed = true;
    await this.tail.catch(() => undefined);
    await this.sink?.abort().catch(() => undefined);
  }

  private begin(): OpenFile {
    const file = { index: this.begun++, hash: createHash('sha256'), lines: 0, bytes: 0 };
    this.enqueue(async () => {
      this.sink = await this.create(file.index);
    });
    return file;
  }

  private flush(): void {
    if (this.gatheredBytes === 0) return;
    const chunks = this.gathered;
    const bytes = this.gatheredBytes;
    this.gathered = [];
    this.gatheredBytes = 0;
    this.inFlight += bytes;
    this.enqueue(async () => {
      await this.sink?.write(chunks);
      this.inFlight -= bytes;
    });
  }

  /** Steps run one after the other; after a failure none runs any more. */
  private enqueue(step: () => Promise<void>): void {
    this.tail = this.tail
      .then(async () => {
        if (!this.failed) await step();
      })
      .catch((error: unknown) => {
        this.failed = true;
        this.failure ??= error instanceof Error ? error : new Error('A file could not be written.');
      });
  }

  private async settled(): Promise<void> {
    await this.tail;
    if (this.failed) throw this.failure ?? new Error('The files were given up.');
  }
}
