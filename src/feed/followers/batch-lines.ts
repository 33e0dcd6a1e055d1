import { deletionLine } from '../deletion-line';
import { type Change, type Checkpoint, isCheckpoint } from './change-source';

/** A batch is closed once it holds so much. */
export interface BatchLimits {
  readonly rows: number;
  readonly bytes: number;
}

type Reading = AsyncIterator<Change | Checkpoint, void>;

const CHUNK_BYTES = 64 * 1024;
const NEWLINE = Buffer.from('\n');

/** The next batch of a reading, as NDJSON. */
export class BatchLines {
  /** The last one that the batch passed. */
  checkpoint: Checkpoint | undefined;
  private rows = 0;
  private bytes = 0;

  /**
   * @param onChange told of each change before its line
   * @param atCheckpoint further changes, that belong behind a checkpoint
   */
  constructor(
    private readonly reading: Reading,
    private readonly limits: BatchLimits,
    private readonly onChange: (change: Change) => Promise<void>,
    private readonly atCheckpoint: () => AsyncIterable<Change>,
  ) {}

  get isLast(): boolean {
    return this.checkpoint?.upTo !== undefined;
  }

  async *chunks(): AsyncGenerator<Buffer, void> {
    let lines: Buffer[] = [];
    let length = 0;
    for await (const change of this.changes()) {
      const line = lineOf(change);
      lines.push(line, NEWLINE);
      length += line.length;
      if (length < CHUNK_BYTES) continue;
      yield this.chunkOf(lines);
      [lines, length] = [[], 0];
    }
    if (lines.length > 0) yield this.chunkOf(lines);
  }

  private async *changes(): AsyncGenerator<Change, void> {
    while (this.rows < this.limits.rows && this.bytes < this.limits.bytes) {
      const next = await this.reading.next();
      if (next.done) throw new Error('A reading ended without saying how far it came.');
      if (!isCheckpoint(next.value)) {
        this.rows += 1;
        await this.onChange(next.value);
        yield next.value;
        continue;
      }
      this.checkpoint = next.value;
      yield* this.atCheckpoint();
      if (this.isLast || next.value.isUrgent) return;
    }
  }

  private chunkOf(lines: readonly Buffer[]): Buffer {
    const chunk = Buffer.concat(lines);
    this.bytes += chunk.length;
    return chunk;
  }
}

function lineOf(change: Change): Buffer {
  const { content = deletionLine(change) } = change;
  return Buffer.isBuffer(content) ? content : Buffer.from(content);
}
