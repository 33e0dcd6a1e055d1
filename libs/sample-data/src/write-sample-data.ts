import { type FileHandle, mkdir, open } from 'node:fs/promises';
import { join } from 'node:path';

import { type SampleOptions } from './sample-resource';
import { sampleResources } from './sample-resources';

/** Characters kept per file before they are written. */
const BUFFERED = 256 * 1024;

/**
 * Writes the sample as `<Type>.ndjson` files into a directory, which is made when it is missing.
 * Files of the same names are replaced. Memory does not grow with the number of patients.
 *
 * @returns the number of resources of each type, one entry per file.
 */
export async function writeSampleData(
  directory: string,
  options: SampleOptions,
): Promise<ReadonlyMap<string, number>> {
  await mkdir(directory, { recursive: true });
  const files = new Map<string, LineFile>();
  try {
    for (const { type, line } of sampleResources(options)) {
      const file = files.get(type) ?? (await LineFile.create(join(directory, `${type}.ndjson`)));
      files.set(type, file);
      file.add(line);
      if (file.isFull) await file.flush();
    }
    for (const file of files.values()) await file.flush();
  } finally {
    await Promise.all([...files.values()].map((file) => file.close()));
  }
  return new Map([...files].map(([type, file]) => [type, file.lines]));
}

/** A file that is written in large pieces, one after the other. */
class LineFile {
  lines = 0;
  private pending: string[] = [];
  private characters = 0;

  private constructor(private readonly handle: FileHandle) {}

  static async create(path: string): Promise<LineFile> {
    return new LineFile(await open(path, 'w'));
  }

  get isFull(): boolean {
    return this.characters >= BUFFERED;
  }

  add(line: string): void {
    this.pending.push(line);
    this.characters += line.length;
    this.lines += 1;
  }

  async flush(): Promise<void> {
    if (this.pending.length === 0) return;
    const text = `${this.pending.join('\n')}\n`;
    this.pending = [];
    this.characters = 0;
    await this.handle.appendFile(text);
  }

  async close(): Promise<void> {
    await this.handle.close();
  }
}
