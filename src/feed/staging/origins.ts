import type { InputFile } from '../reading/input-files';

/** Where rows come from, from a sequence number on. */
export interface Origin {
  readonly file: InputFile;
  /** The sequence number before the first row. */
  readonly first: number;
  /** The line before the first row; for entries of a Bundle on a line, that line itself. */
  readonly line: number;
  /** The rows are entries of one Bundle on one line. */
  readonly isOneLine: boolean;
}

/** Tells files and lines by sequence numbers. Grows with files and with Bundles on lines, not with rows. */
export class Origins {
  private readonly origins: Origin[] = [];

  /** All of them, in order. */
  get all(): readonly Origin[] {
    return this.origins;
  }

  beginFile(file: InputFile, first: number): void {
    this.origins.push({ file, first, line: 0, isOneLine: false });
  }

  /** The rows from here on are entries of the Bundle on the next line. */
  beginBundle(first: number): void {
    const { file, line } = this.placeAt(first);
    this.origins.push({ file, first, line: line + 1, isOneLine: true });
  }

  /**
   * @param last the last row of the Bundle
   * @param isForgotten of a single row: that it was an entry matters no more
   */
  endBundle(last: number, isForgotten: boolean): void {
    const bundle = this.origins.at(-1);
    if (!bundle) return;
    const { file, line, first } = bundle;
    // Deletions come one by one, a million in a file: the place of a single row is that of any line.
    if (isForgotten && last === first + 1) this.origins.pop();
    else this.origins.push({ file, first: last, line, isOneLine: false });
  }

  /** @returns the file's name, and the line, or an entry's number in a Bundle */
  placeOf(sequence: number): { readonly file: string; readonly line: number } {
    const { file, line } = this.placeAt(sequence);
    return { file: file.path, line };
  }

  /** True when a row was an entry of a Bundle. */
  isEntry(sequence: number): boolean {
    const origin = this.originOf(sequence);
    return origin?.isOneLine === true || origin?.file.kind === 'json';
  }

  private placeAt(sequence: number): { readonly file: InputFile; readonly line: number } {
    const origin = this.originOf(sequence) ?? this.origins.at(-1);
    if (!origin) throw new Error('No file has begun.');
    const { file, first, line, isOneLine } = origin;
    return { file, line: isOneLine ? line : line + sequence - first };
  }

  private originOf(sequence: number): Origin | undefined {
    return this.origins.findLast(({ first }) => first < sequence);
  }
}
