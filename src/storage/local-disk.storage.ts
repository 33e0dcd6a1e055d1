import { randomUUID } from 'node:crypto';
import { type FileHandle, mkdir, open, readdir, rename, rm } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';

import type { ByteRange, FileStorage, StoredFile, StoredFileWriter } from './file-storage';

/** Unpublished files begin with a dot: no key can, so none can be read or listed. */
const TEMPORARY = '.tmp-';

/** Files below one folder, which several hosts may share. */
export class LocalDiskStorage implements FileStorage {
  constructor(private readonly root: string) {}

  async create(key: string): Promise<StoredFileWriter> {
    const path = join(this.root, key);
    await mkdir(dirname(path), { recursive: true });
    const temporary = join(dirname(path), `${TEMPORARY}${randomUUID()}`);
    return new LocalFileWriter(await open(temporary, 'wx', 0o640), temporary, path);
  }

  async open(key: string, range?: ByteRange): Promise<StoredFile | undefined> {
    const handle = await open(join(this.root, key), 'r').catch(ignoreMissing);
    if (!handle) return undefined;
    try {
      const { size } = await handle.stat();
      return { size, stream: handle.createReadStream({ ...range, highWaterMark: 256 * 1024 }) };
    } catch (error) {
      await handle.close();
      throw error;
    }
  }

  async list(prefix: string): Promise<readonly string[]> {
    const folder = join(this.root, prefix);
    const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(
      ignoreMissing,
    );
    return (entries ?? [])
      .filter((entry) => entry.isFile() && !entry.name.startsWith(TEMPORARY))
      .map((entry) => relative(this.root, join(entry.parentPath, entry.name)));
  }

  async remove(key: string): Promise<void> {
    await rm(join(this.root, key), { force: true });
  }

  async removePrefix(prefix: string): Promise<void> {
    await rm(join(this.root, prefix), { recursive: true, force: true });
  }

  /** A folder answers no requests. */
  presign(): Promise<undefined> {
    return Promise.resolve(undefined);
  }
}

class LocalFileWriter implements StoredFileWriter {
  private closed = false;

  constructor(
    private readonly handle: FileHandle,
    private readonly temporary: string,
    private readonly path: string,
  ) {}

  async write(chunks: readonly Buffer[]): Promise<void> {
    let rest = [...chunks];
    while (rest.length > 0) {
      // The kernel may take less than it was given.
      const { bytesWritten } = await this.handle.writev(rest);
      rest = withoutFirst(rest, bytesWritten);
    }
  }

  async publish(): Promise<void> {
    await this.handle.sync();
    await this.close();
    await rename(this.temporary, this.path);
    // The name itself is durable only when its folder is.
    const folder = await open(dirname(this.path), 'r');
    await folder.sync().finally(() => folder.close());
  }

  async abort(): Promise<void> {
    await this.close();
    await rm(this.temporary, { force: true });
  }

  private async close(): Promise<void> {
    if (this.closed) return;
    this.closed = true;
    await this.handle.close();
  }
}

/** What is left of `chunks` when `count` bytes are done. */
function withoutFirst(chunks: readonly Buffer[], count: number): Buffer[] {
  let skip = count;
  return chunks.flatMap((chunk) => {
    const taken = Math.min(skip, chunk.length);
    skip -= taken;
    return taken === chunk.length ? [] : [chunk.subarray(taken)];
  });
}

function ignoreMissing(error: unknown): undefined {
  if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
  throw error;
}
