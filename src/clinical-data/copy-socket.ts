import { type OnReadOpts, Socket, type SocketConstructorOpts } from 'node:net';

import { RecycledBlocks, SMALLEST_READ } from '@app/ndjson';

/**
 * Takes what the socket has read, in memory that is read into again.
 *
 * @param hold keeps the memory as it is until what it returns is called
 * @returns how much of the chunk, from its beginning, is held: the rest may be overwritten at once
 */
export type ChunkTaker = (chunk: Buffer, hold: () => () => void) => number;

/** Bytes of the conversation around a COPY. */
const ORDINARY_BYTES = 64 * 1024;
/** What is no longer than this is read as it comes: its end must not be waited for. */
const HURRIED_BYTES = 2 << 20;
/** How long more is let come in once the socket is empty, in ms: half a megabyte; the system holds more. */
const GATHERING_MS = 1;

/**
 * A socket that reads into memory of its own choice: usually into a small buffer, from which it emits
 * `data` like any other; while diverted into recycled blocks, whose bytes go to a taker. Node's usual
 * way, a fresh buffer a read, takes a third of the time of a whole COPY.
 *
 * PostgreSQL sends 8 kB at a time. A reader that is woken for each of them takes half as much time
 * again, so a long diversion lets some of them gather before it reads on.
 */
export class CopySocket extends Socket {
  private readonly reads: Reads;

  constructor() {
    const reads = new Reads();
    // The type knows this option for connect() alone, which is node-postgres's affair here.
    const options: SocketConstructorOpts & { readonly onread: OnReadOpts } = {
      onread: {
        buffer: () => reads.target,
        callback: (length) => reads.take(length),
      },
    };
    super(options);
    this.reads = reads;
    reads.socket = this;
  }

  /** From now on, what is read goes to `taker`. */
  divert(taker: ChunkTaker): void {
    this.reads.divert(taker);
  }

  /** True while nothing is read because what was read before is still held. */
  get isFull(): boolean {
    return this.reads.isFull;
  }

  /** From now on, what is read is emitted. */
  undivert(): void {
    this.reads.undivert();
  }
}

class Reads {
  socket: Socket | undefined;
  target: Buffer = Buffer.allocUnsafeSlow(ORDINARY_BYTES);
  private readonly ordinary = this.target;
  private blocks: RecycledBlocks | undefined;
  private taker: ChunkTaker | undefined;
  private diverted = 0;

  get isFull(): boolean {
    return this.taker !== undefined && this.blocks?.exhausted === true;
  }

  divert(taker: ChunkTaker): void {
    this.taker = taker;
    this.diverted = 0;
    this.blocks ??= new RecycledBlocks();
  }

  undivert(): void {
    this.taker = undefined;
  }

  /** @returns false to read no more for now */
  take(length: number): boolean {
    const chunk = this.target.subarray(0, length);
    const goesOn = this.handOver(chunk);
    // Node asks for the target of the next read after this one, whether it may come at once or not.
    this.target = this.taker && this.blocks ? this.blocks.room : this.ordinary;
    return goesOn;
  }

  private handOver(chunk: Buffer): boolean {
    const { taker, blocks } = this;
    if (!taker || !blocks) {
      this.socket?.emit('data', Buffer.from(chunk));
      return true;
    }
    if (this.target === this.ordinary) {
      // The first read after diverting: its target was chosen before.
      taker(Buffer.from(chunk), () => () => undefined);
    } else {
      blocks.fill(taker(chunk, () => blocks.hold()));
    }
    this.diverted += chunk.length;
    if (blocks.exhausted) {
      blocks.available(this.readOn);
      return false;
    }
    // There was room for more, so the socket is empty. What follows a COPY is an answer that somebody waits for.
    const emptied = chunk.length < SMALLEST_READ;
    if (!emptied || !this.taker || this.diverted <= HURRIED_BYTES) return true;
    setTimeout(this.readOn, GATHERING_MS);
    return false;
  }

  /** Unless there is another reason not to, whose end reads on by itself. */
  private readonly readOn = (): void => {
    const { socket, blocks } = this;
    if (!socket || socket.isPaused() || blocks?.exhausted) return;
    socket.resume();
  };
}
