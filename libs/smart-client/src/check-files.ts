import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';

import { type CertifiedFile, type CertifiedManifest, SECTIONS } from '@app/certificate';

const SHA256 = 'urn:ehr-bulk-data:sha256';
const GZIP_SHA256 = 'urn:ehr-bulk-data:gzip-sha256';
const DATA_FILE = /\.ndjson(\.gz)?$/i;

/**
 * Compares the files of a folder with what a manifest says of them. A file has the last part of its URL as
 * its name, with or without `.gz`.
 *
 * @returns what is wrong, in words that hold names of files alone
 */
export async function checkFiles(
  folder: string,
  pages: readonly CertifiedManifest[],
): Promise<readonly string[]> {
  const present = new Set(await readdir(folder));
  const expected = new Map<string, CertifiedFile>();
  const faults: string[] = [];
  for (const file of pages.flatMap((page) => SECTIONS.flatMap((section) => page[section] ?? []))) {
    const name = nameOf(file);
    const other = expected.get(name);
    expected.set(name, file);
    if (other && digestsOf(other).join() !== digestsOf(file).join()) {
      faults.push(`${name}: the manifest lists two files of this name.`);
    }
  }
  for (const [name, file] of expected) {
    const kept = [name, `${name}.gz`].filter((one) => present.delete(one));
    if (kept.length === 0) faults.push(`${name}: is missing.`);
    for (const one of kept) faults.push(...(await faultsOf(path.join(folder, one), file)));
  }
  const others = [...present].filter((name) => DATA_FILE.test(name)).sort();
  return [...faults, ...others.map((name) => `${name}: the manifest does not list it.`)];
}

function nameOf({ url }: CertifiedFile): string {
  return path.posix.basename(new URL(url).pathname);
}

function digestsOf({ extension = {} }: CertifiedFile): readonly unknown[] {
  return [extension[SHA256], extension[GZIP_SHA256]].filter((digest) => digest !== undefined);
}

async function faultsOf(target: string, file: CertifiedFile): Promise<readonly string[]> {
  const digests = digestsOf(file);
  if (digests.includes(await digestOf(target, false))) return [];
  const plain = file.extension?.[SHA256];
  const isPacked = target.endsWith('.gz');
  if (isPacked && plain !== undefined && plain === (await digestOf(target, true))) return [];
  const name = path.basename(target);
  if (plain !== undefined || isPacked) return [`${name}: is not as it was exported.`];
  return [
    `${name}: cannot be checked; its digest is known of its gzip form alone. Download it with Accept-Encoding: gzip and keep it as it comes.`,
  ];
}

/** @returns undefined for what cannot be decompressed */
async function digestOf(target: string, isPacked: boolean): Promise<string | undefined> {
  const hash = createHash('sha256');
  const source = createReadStream(target);
  if (!isPacked) {
    await pipeline(source, hash);
    return hash.digest('hex');
  }
  try {
    await pipeline(source, createGunzip(), hash);
    return hash.digest('hex');
  } catch {
    return undefined;
  }
}
