import { closeSync, openSync, writeSync } from 'node:fs';

/** The NDJSON report of what was not loaded. The file appears with the first rejection. */
export class RejectReport {
  private descriptor: number | undefined;
  private rejected = 0;

  constructor(private readonly file: string) {}

  get count(): number {
    return this.rejected;
  }

  /** The report's path, or undefined when nothing was rejected. */
  get path(): string | undefined {
    return this.rejected > 0 ? this.file : undefined;
  }

  /** Notes a line (an entry's number in a Bundle). The reason must not quote content. */
  add(file: string, line: number, reason: string): void {
    this.descriptor ??= openSync(this.file, 'w');
    writeSync(this.descriptor, `${JSON.stringify({ file, line, reason })}\n`);
    this.rejected += 1;
  }

  close(): void {
    if (this.descriptor !== undefined) closeSync(this.descriptor);
    this.descriptor = undefined;
  }
}
