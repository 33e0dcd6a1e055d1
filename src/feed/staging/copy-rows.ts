import { once } from 'node:events';
import type { Writable } from 'node:stream';
import { finished } from 'node:stream/promises';

import { applyEdits, type EditedText, editedLength, writeEdited } from '../reading/text-edits';

const SIGNATURE = Buffer.from('PGCOPY\n\xff\r\n\0\0\0\0\0\0\0\0\0', 'latin1');
const BUFFER_BYTES = 1024 * 1024;
/** Values above this size are sent as they are, without a copy. */
const LARGE_BYTES = 256 * 1024;
/** PostgreSQL counts from 2000-01-01. */
const POSTGRES_EPOCH = 946_684_800_000_000n;

/**
 * Rows in PostgreSQL's binary COPY format. Binary because it needs no escaping: the bytes of a
 * resource reach the table as they are, whatever they hold.
 */
export class CopyRows {
  private buffer = Buffer.allocUnsafe(BUFFER_BYTES);
  private length = 0;
  private readonly filled: Buffer[] = [];
  private failure: Error | undefined;
  private sent = 0;

  constructor(private readonly stream: Writable) {
    // Kept for the next flush: an 'error' event without a listener would end the process.
    stream.on('error', (error: Error) => {
      this.failure ??= error;
    });
    this.append(SIGNATURE);
  }

  /** True when rows should be sent on before more are added. */
  get isFull(): boolean {
    return this.filled.length > 0;
  }

  /** Bytes handed to the connection. */
  get bytesSent(): number {
    return this.sent;
  }

  begin(columns: number): void {
    this.room(2);
    this.length = this.buffer.writeInt16BE(columns, this.length);
  }

  ascii(value: string | undefined): void {
    if (value === undefined) {
      this.size(-1);
      return;
    }
    this.room(4 + value.length);
    this.size(value.length);
    this.length += this.buffer.write(value, this.length, 'latin1');
  }

  utf8(value: string | undefined): void {
    this.bytes(value === undefined ? undefined : Buffer.from(value, 'utf8'));
  }

  bigint(value: bigint | undefined): void {
    if (value === undefined) {
      this.size(-1);
      return;
    }
    this.size(8);
    this.room(8);
    this.length = this.buffer.writeBigInt64BE(value, this.length);
  }

  nulls(count: number): void {
    for (let index = 0; index < count; index += 1) this.size(-1);
  }

  /** A timestamptz, from microseconds since 1970. */
  instant(microseconds: bigint | undefined): void {
    this.bigint(microseconds === undefined ? undefined : microseconds - POSTGRES_EPOCH);
  }

  bytes(value: Buffer | undefined): void {
    if (value === undefined) {
      this.size(-1);
      return;
    }
    this.size(value.length);
    this.append(value);
  }

  /** Written in place: an edited copy of every line would cost as much as parsing it. */
  edited(value: EditedText | undefined): void {
    if (value === undefined) {
      this.size(-1);
      return;
    }
    const length = editedLength(value);
    if (length > LARGE_BYTES) {
      this.bytes(applyEdits(value.text, value.edits));
      return;
    }
    this.size(length);
    this.room(length);
    this.length += writeEdited(value, this.buffer, this.length);
  }

  /** Sends what is full; resolves when the connection can take more. */
  async flush(): Promise<void> {
    for (const buffer of this.filled.splice(0)) {
      if (this.failure) throw this.failure;
      this.sent += buffer.length;
      if (!this.stream.write(buffer)) await once(this.stream, 'drain');
    }
  }

  /** Sends the rest; resolves when PostgreSQL has taken every row. */
  async end(): Promise<void> {
    this.begin(-1);
    this.cut();
    await this.flush();
    this.stream.end();
    await finished(this.stream);
  }

  /** Gives the COPY up; its rows are gone. */
  abort(): void {
    this.stream.destroy();
  }

  private size(bytes: number): void {
    this.room(4);
    this.length = this.buffer.writeInt32BE(bytes, this.length);
  }

  private append(value: Buffer): void {
    if (value.length > LARGE_BYTES) {
      this.cut();
      this.filled.push(value);
      return;
    }
    this.room(value.length);
    this.length += value.copy(this.buffer, this.length);
  }

  private room(bytes: number): void {
    if (this.length + bytes > this.buffer.length) this.cut(bytes);
  }

  private cut(atLeast = 0): void {
    if (this.length > 0) this.filled.push(this.buffer.subarray(0, this.length));
    this.buffer = Buffer.allocUnsafe(Math.max(BUFFER_BYTES, atLeast));
    this.length = 0;
  }
}
