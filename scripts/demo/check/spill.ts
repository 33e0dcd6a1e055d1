import fs from 'node:fs';
import path from 'node:path';

/** Where a resource stands. */
export interface Place {
  /** Number of the file in a list. */
  readonly file: number;
  readonly line: number;
}

/** What is remembered of a resource: digests, so that memory and disk do not grow with its size. */
export interface Fingerprint extends Place {
  /** Digest of `Type/id`. */
  readonly key: string;
  /** Number of its type in a list. */
  readonly type: number;
  /** Digest of its normal form. */
  readonly content: string;
}

const KEY_BYTES = 12;
const CONTENT_BYTES = 16;
const RECORD_BYTES = KEY_BYTES + CONTENT_BYTES + 12;
const RECORDS_BUFFERED = 512;

export const BUCKETS = 64;

/**
 * Fingerprints on disk, in buckets by key: those of one resource meet in one bucket, and one bucket at
 * a time fits into memory however many resources there are.
 */
export class Spill {
  private readonly buffers = Array.from({ length: BUCKETS }, () => ({
    bytes: Buffer.alloc(RECORD_BYTES * RECORDS_BUFFERED),
    length: 0,
  }));

  constructor(private readonly folder: string) {
    fs.rmSync(folder, { recursive: true, force: true });
    fs.mkdirSync(folder, { recursive: true });
  }

  add(key: Buffer, content: Buffer, type: number, { file, line }: Place): void {
    const bucket = (key[0] ?? 0) % BUCKETS;
    const buffer = this.buffers[bucket];
    if (!buffer) return;
    key.copy(buffer.bytes, buffer.length, 0, KEY_BYTES);
    content.copy(buffer.bytes, buffer.length + KEY_BYTES, 0, CONTENT_BYTES);
    const numbers = buffer.length + KEY_BYTES + CONTENT_BYTES;
    [type, file, line].forEach((number, index) => {
      buffer.bytes.writeUInt32LE(number, numbers + 4 * index);
    });
    buffer.length += RECORD_BYTES;
    if (buffer.length === buffer.bytes.length) this.flush(bucket);
  }

  /** The fingerprints of a bucket, in the order in which they were added. */
  read(bucket: number): readonly Fingerprint[] {
    this.flush(bucket);
    const file = this.fileOf(bucket);
    if (!fs.existsSync(file)) return [];
    const bytes = fs.readFileSync(file);
    return Array.from({ length: bytes.length / RECORD_BYTES }, (_, index) => {
      const at = index * RECORD_BYTES;
      const numbers = at + KEY_BYTES + CONTENT_BYTES;
      return {
        key: bytes.toString('latin1', at, at + KEY_BYTES),
        content: bytes.toString('latin1', at + KEY_BYTES, numbers),
        type: bytes.readUInt32LE(numbers),
        file: bytes.readUInt32LE(numbers + 4),
        line: bytes.readUInt32LE(numbers + 8),
      };
    });
  }

  remove(): void {
    fs.rmSync(this.folder, { recursive: true, force: true });
  }

  private flush(bucket: number): void {
    const buffer = this.buffers[bucket];
    if (!buffer || buffer.length === 0) return;
    fs.appendFileSync(this.fileOf(bucket), buffer.bytes.subarray(0, buffer.length));
    buffer.length = 0;
  }

  private fileOf(bucket: number): string {
    return path.join(this.folder, String(bucket));
  }
}
