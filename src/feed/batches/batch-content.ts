import { createHash } from 'node:crypto';

import { BatchTooLargeError } from './feed.errors';

/** What a batch holds, unpacked: its length, which is bounded, and its digest. */
export class BatchContent {
  bytes = 0;
  private readonly hash = createHash('sha256');

  constructor(private readonly maxBytes = Infinity) {}

  /** @throws BatchTooLargeError */
  add(chunk: Buffer): void {
    this.bytes += chunk.length;
    if (this.bytes > this.maxBytes) throw new BatchTooLargeError(this.maxBytes);
    this.hash.update(chunk);
  }

  /** Ends it. */
  digest(): Buffer {
    return this.hash.digest();
  }
}
