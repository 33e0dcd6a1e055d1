import { hash } from 'node:crypto';

import { type Edit, editedLength, writeEdited } from './text-edits';

/**
 * Computes sha256 of edited texts. The edited text is put together in one place that is used again
 * and again: a buffer for each of millions of lines would cost more than the hashing.
 */
export class TextDigest {
  private scratch = Buffer.allocUnsafe(64 * 1024);

  of(text: Buffer, edits: readonly Edit[]): Buffer {
    if (edits.length === 0) return hash('sha256', text, 'buffer');
    const length = editedLength({ text, edits });
    const target = length <= this.scratch.length ? this.scratch : this.larger(length);
    writeEdited({ text, edits }, target, 0);
    return hash('sha256', target.subarray(0, length), 'buffer');
  }

  /** Kept for the next text, unless this one is a rare giant. */
  private larger(length: number): Buffer {
    const buffer = Buffer.allocUnsafe(length);
    if (length <= 4 * 1024 * 1024) this.scratch = buffer;
    return buffer;
  }
}
