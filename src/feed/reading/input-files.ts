import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';

import { LoadError } from './loader.errors';

/** A file of input. */
export interface InputFile {
  /** Of what is open already: what it is called in reports. */
  readonly path: string;
  /** An open file, read from its start and left open; else the path is opened. */
  readonly descriptor?: number;
  readonly kind: 'ndjson' | 'json';
  readonly isCompressed: boolean;
  /** Size on disk. */
  readonly bytes: number;
}

const NAME = /\.(ndjson|json)(\.gz)?$/;

/**
 * The files that `paths` name: a folder stands for its `*.ndjson`, `*.ndjson.gz`, `*.json` and
 * `*.json.gz`, sorted by name, without sub-folders.
 *
 * @throws LoadError naming the first path that is missing, of another kind, or a folder without any
 */
export async function findInputFiles(paths: readonly string[]): Promise<readonly InputFile[]> {
  const files: InputFile[] = [];
  for (const path of paths) {
    const entry = await stat(path).catch((error: unknown) => {
      throw new LoadError(`${path} cannot be read.`, { cause: error });
    });
    files.push(...(entry.isDirectory() ? await findInFolder(path) : [describe(path, entry.size)]));
  }
  return files;
}

async function findInFolder(folder: string): Promise<readonly InputFile[]> {
  const names = (await readdir(folder)).filter((name) => NAME.test(name)).sort();
  const files: InputFile[] = [];
  for (const name of names) {
    const path = join(folder, name);
    const entry = await stat(path);
    if (entry.isFile()) files.push(describe(path, entry.size));
  }
  if (files.length === 0) {
    throw new LoadError(`${folder} holds no *.ndjson, *.ndjson.gz, *.json or *.json.gz.`);
  }
  return files;
}

function describe(path: string, bytes: number): InputFile {
  const match = NAME.exec(path);
  if (!match) throw new LoadError(`${path} is not named *.ndjson or *.json, with or without .gz.`);
  const kind = match[1] === 'json' ? 'json' : 'ndjson';
  return { path, kind, isCompressed: match[2] !== undefined, bytes };
}
