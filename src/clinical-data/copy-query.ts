import type { Duplex } from 'node:stream';

import type { Connection, Submittable } from 'pg';

import { CopyBinaryLines, type FileLimits, type NdjsonFiles, type Release } from '@app/ndjson';

import { CopySocket } from './copy-socket';

/** Where lines go: see NdjsonFiles. */
export interface LineSink extends Pick<NdjsonFiles, 'cut'> {
  /** True when `release` is called as NdjsonFiles does: only then are bytes given that change after it. */
  readonly releases?: boolean;
  write(bytes: Buffer, lines: number, release?: Release): Promise<void> | undefined;
}

type DataListener = (chunk: Buffer) => void;

const COPY_OUT_RESPONSE = 0x48; // 'H'
const COPY_DONE = 0x63; // 'c'
const READY_FOR_QUERY = 0x5a; // 'Z'

/**
 * One `COPY … TO STDOUT (FORMAT binary)` on a node-postgres client. For its duration the socket's
 * bytes go to our reader instead of pg's parser, which would make an object of every row; everything
 * that is not copy data is handed back to pg's parser, so that connection, errors and TLS stay its own.
 */
export class CopyQuery implements Submittable {
  /** Resolves when the server is done and every byte is handed over; rejects with the first failure. */
  readonly done: Promise<void>;
  private resolve!: () => void;
  private reject!: (error: unknown) => void;
  private readonly lines: CopyBinaryLines;
  private stream: Duplex | undefined;
  private parserListeners: DataListener[] = [];
  private wait: Promise<void> | undefined;
  /** Keeps the memory of the chunk at hand; undefined when the chunk is ours for good. */
  private hold: (() => Release) | undefined;
  private failure: unknown;

  constructor(
    private readonly sql: string,
    private readonly files: LineSink,
    limits: FileLimits,
  ) {
    this.done = new Promise((resolve, reject) => {
      this.resolve = resolve;
      this.reject = reject;
    });
    this.lines = new CopyBinaryLines(
      {
        data: (bytes, lines) => {
          const wait = this.files.write(bytes, lines, this.hold?.());
          // One chunk may be several writes, of which the last is waited for: it fails as the others do.
          wait?.catch(ignore);
          this.wait = wait ?? this.wait;
        },
        cut: () => {
          this.files.cut();
        },
        control: (type, body) => {
          this.passOn(type, body);
        },
      },
      limits,
    );
  }

  /** Cuts the connection: the server stops at its next write, or within a second. */
  abort(reason: unknown): void {
    this.fail(reason);
  }

  /** True while the server is waited for; false while its bytes wait for the files. */
  get isReading(): boolean {
    const { stream } = this;
    if (stream === undefined || stream.isPaused()) return false;
    return !(stream instanceof CopySocket && stream.isFull);
  }

  submit(connection: Connection): void {
    // pg keeps its socket in `stream`; the type does not say so.
    this.stream = (connection as unknown as { readonly stream: Duplex }).stream;
    this.parserListeners = this.stream.listeners('data') as DataListener[];
    if (this.stream instanceof CopySocket && this.files.releases) {
      this.stream.divert(this.onRecycled);
    } else {
      for (const listener of this.parserListeners) this.stream.off('data', listener);
      this.stream.on('data', this.onData);
    }
    connection.query(this.sql);
  }

  private readonly onRecycled = (chunk: Buffer, hold: () => Release): number => {
    this.hold = hold;
    return this.onData(chunk);
  };

  private readonly onData = (chunk: Buffer): number => {
    try {
      const used = this.lines.push(chunk);
      this.waitForFiles();
      return used;
    } catch (error) {
      this.fail(error);
      return chunk.length;
    }
  };

  private waitForFiles(): void {
    const { wait } = this;
    if (!wait) return;
    this.wait = undefined;
    this.stream?.pause();
    wait.then(
      () => this.stream?.resume(),
      (error: unknown) => {
        this.fail(error);
      },
    );
  }

  /** A stream that we cannot go on reading leaves a connection of unknown state: it is cut. */
  private fail(error: unknown): void {
    this.failure ??= error;
    this.stream?.destroy();
    this.reject(this.failure);
  }

  private passOn(type: number, body: Buffer): void {
    if (type === COPY_OUT_RESPONSE || type === COPY_DONE) return;
    if (type === READY_FOR_QUERY) this.giveBack();
    const message = Buffer.alloc(5 + body.length);
    message.writeUInt8(type, 0);
    message.writeInt32BE(body.length + 4, 1);
    body.copy(message, 5);
    for (const listener of this.parserListeners) listener.call(this.stream, message);
  }

  private giveBack(): void {
    if (this.stream instanceof CopySocket) this.stream.undivert();
    if (this.hold) return;
    this.stream?.off('data', this.onData);
    for (const listener of this.parserListeners) this.stream?.on('data', listener);
  }

  /** pg forgets a query that has failed: no ReadyForQuery comes here any more. */
  handleError(error: Error): void {
    this.failure ??= error;
    this.reject(this.failure);
  }

  handleReadyForQuery(): void {
    if (this.failure) this.reject(this.failure);
    else this.resolve();
  }

  handleRowDescription(): void {
    this.failure ??= new Error('COPY was expected, rows came.');
  }

  handleDataRow(): void {
    // Only a query that is not COPY sends rows; handleRowDescription has refused it.
  }

  handleCommandComplete(): void {
    // ReadyForQuery decides.
  }

  handleEmptyQuery(): void {
    this.failure ??= new Error('COPY was expected, the query was empty.');
  }

  handlePortalSuspended(): void {
    // Not in the simple protocol.
  }
}

function ignore(): void {
  // Somebody else waits for the same failure.
}
