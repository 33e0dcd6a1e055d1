import { closeSync, openSync, writeSync } from 'node:fs';

import type { Rejection, Rejections } from './load.types';
import { LoadError } from './reading/loader.errors';

/** How many reasons are shown at once; the report has all. */
const SHOWN = 5;

/** The NDJSON report of what was not loaded. The file appears with the first rejection. */
export class RejectReport implements Rejections {
  private readonly firstByReason = new Map<string, Rejection>();
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

  /** The first rejection for each of the first few reasons. */
  get examples(): readonly Rejection[] {
    return [...this.firstByReason.values()];
  }

  /**
   * Notes a line (an entry's number in a Bundle).
   *
   * @throws LoadError when the report cannot be written
   */
  add(rejection: Rejection): void {
    const { reason } = rejection;
    this.descriptor ??= this.open();
    writeSync(this.descriptor, `${JSON.stringify(rejection)}\n`);
    this.rejected += 1;
    if (this.firstByReason.size < SHOWN && !this.firstByReason.has(reason)) {
      this.firstByReason.set(reason, rejection);
    }
  }

  close(): void {
    if (this.descriptor !== undefined) closeSync(this.descriptor);
    this.descriptor = undefined;
  }

  private open(): number {
    try {
      return openSync(this.file, 'w');
    } catch (cause) {
      const { code } = cause as NodeJS.ErrnoException;
      throw new LoadError(
        `Something must be rejected, and the report ${this.file} cannot be written: ${code ?? 'unknown'}. Name another file with --rejects.`,
      );
    }
  }
}
