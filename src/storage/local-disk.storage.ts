import { randomUUID } from 'node:crypto';
import type { Dirent } from 'node:fs';
import { type FileHandle, mkdir, open, readdir, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, join, relative } from 'node:path';

import type { ByteRange, FileStorage, StoredFile, StoredFileWriter } from './file-storage';
import { writeWhole } from './write-whole';

/**
 * Unpublished files begin with a dot: no key can, so none can be read or listed. The rest of their name
 * tells the key: .tmp-[last segment]-[UUID].
 */
const TEMPORARY = '.tmp-';

/** Files below one folder, which several hosts may share. */
export class LocalDiskStorage implements FileStorage {
  readonly encrypts = false;

  constructor(private readonly root: string) {}

  async create(key: string): Promise<StoredFileWriter> {
    const path = join(this.root, key);
    await makeFolder(dirname(path));
    const temporary = join(dirname(path), `${TEMPORARY}${basename(key)}-${randomUUID()}`);
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
    return (await this.entries(prefix))
      .filter((entry) => entry.isFile() && !entry.name.startsWith(TEMPORARY))
      .map((entry) => relative(this.root, join(entry.parentPath, entry.name)));
  }

  async remove(key: string): Promise<void> {
    await rm(join(this.root, key), { force: true });
  }

  async removePrefix(prefix: string): Promise<void> {
    await rm(join(this.root, prefix), { recursive: true, force: true });
  }

  async removeUnpublished(prefix: string, abandoned: (key: string) => boolean): Promise<void> {
    for (const { name, parentPath } of await this.entries(prefix)) {
      if (!name.startsWith(TEMPORARY)) continue;
      const key = relative(this.root, join(parentPath, name.slice(TEMPORARY.length, -UUID_LENGTH)));
      if (abandoned(key)) await rm(join(parentPath, name), { force: true });
    }
  }

  async folders(prefix: string): Promise<readonly string[]> {
    const folder = join(this.root, prefix);
    const entries = await readdir(folder, { withFileTypes: true }).catch(ignoreMissing);
    return (entries ?? []).filter((entry) => entry.isDirectory()).map(({ name }) => name);
  }

  async lastModified(prefix: string): Promise<Date | undefined> {
    const paths = (await this.entries(prefix)).map(({ parentPath, name }) =>
      join(parentPath, name),
    );
    let last: Date | undefined;
    for (const path of [join(this.root, prefix), ...paths]) {
      const found = await stat(path).catch(ignoreMissing);
      if (found && (!last || found.mtime > last)) last = found.mtime;
    }
    return last;
  }

  /** A folder answers no requests. */
  presign(): Promise<undefined> {
    return Promise.resolve(undefined);
  }

  /** Everything below a prefix, at any depth. */
  private async entries(prefix: string): Promise<readonly Dirent[]> {
    const folder = join(this.root, prefix);
    const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(
      ignoreMissing,
    );
    return entries ?? [];
  }
}

/** A hyphen and a UUID. */
const UUID_LENGTH = 37;

/** With the folders above it, where they are missing. */
async function makeFolder(path: string): Promise<void> {
  const first = await mkdir(path, { recursive: true });
  if (first === undefined) return;
  for (let made = path; made.length >= first.length; made = dirname(made)) {
    await syncFolder(dirname(made));
  }
}

/** A name is durable only when the folder is that holds it. */
async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}

/** Bytes after which the disk is set to work, so that little is left to wait for in the end. */
const EARLY_FLUSH_BYTES = 32 * 1024 * 1024;

class LocalFileWriter implements StoredFileWriter {
  private closed = false;
  private unflushed = 0;
  private flushing: Promise<void> | undefined;
  private failure: { readonly cause: unknown } | undefined;

  constructor(
    private readonly handle: FileHandle,
    private readonly temporary: string,
    private readonly path: string,
  ) {}

  async write(chunks: readonly Buffer[]): Promise<void> {
    this.unflushed += await writeWhole(this.handle, chunks);
    if (this.unflushed >= EARLY_FLUSH_BYTES && !this.flushing) this.flushEarly();
  }

  async publish(): Promise<void> {
    await this.flushing;
    if (this.failure) throw this.failure.cause;
    await this.handle.sync();
    await this.close();
    await rename(this.temporary, this.path);
    await syncFolder(dirname(this.path));
  }

  async abort(): Promise<void> {
    await this.close();
    await rm(this.temporary, { force: true });
  }

  /** Beside the writing. A failure is kept for `publish`: the disk reports it only once. */
  private flushEarly(): void {
    this.unflushed = 0;
    this.flushing = this.handle
      .datasync()
      .catch((error: unknown) => {
        this.failure ??= { cause: error };
      })
      .finally(() => {
        this.flushing = undefined;
      });
  }

  private async close(): Promise<void> {
    if (this.closed) return;
    this.closed = true;
    await this.flushing;
    await this.handle.close();
  }
}

function ignoreMissing(error: unknown): undefined {
  if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
  throw error;
}
