const TEXT_AT = 8;
const BYTES = 4096;

/** What a main thread is at, and until when, in memory that another thread can read meanwhile. */
export class Watched {
  private readonly deadline: BigInt64Array;
  private readonly text: Uint8Array;

  constructor(memory: SharedArrayBuffer) {
    this.deadline = new BigInt64Array(memory, 0, 1);
    this.text = new Uint8Array(memory, TEXT_AT);
  }

  static memory(): SharedArrayBuffer {
    return new SharedArrayBuffer(BYTES);
  }

  set(text: string, milliseconds: number): void {
    this.clear();
    this.text.fill(0).set(Buffer.from(text).subarray(0, BYTES - TEXT_AT));
    Atomics.store(this.deadline, 0, BigInt(Math.round(Date.now() + milliseconds)));
  }

  clear(): void {
    Atomics.store(this.deadline, 0, 0n);
  }

  /** What should have ended by now; undefined when all is well. */
  overdue(): string | undefined {
    const deadline = Number(Atomics.load(this.deadline, 0));
    if (deadline === 0 || Date.now() < deadline) return undefined;
    return Buffer.from(this.text).toString('utf8').replaceAll('\0', '');
  }
}
