import fs from 'node:fs';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { createGunzip, gunzipSync } from 'node:zlib';

import { elements, members, skipSpace } from './json-text';

/** A resource of the input or the export. */
export interface ResourceLine {
  /** Number of the line, or of the entry in a Bundle, from 1. */
  readonly number: number;
  readonly text: Buffer;
  /** In a Bundle, what the id follows from when the resource has none. */
  readonly fullUrl?: string;
}

const NAME = /\.(ndjson|json)(\.gz)?$/;
const LINE_FEED = 0x0a;
const CARRIAGE_RETURN = 0x0d;
const BYTE_ORDER_MARK = Buffer.from([0xef, 0xbb, 0xbf]);

/** The files of a folder that hold resources, in the order in which they are loaded. */
export function resourceFiles(folder: string): readonly string[] {
  return fs
    .readdirSync(folder)
    .filter((name) => NAME.test(name))
    .sort()
    .map((name) => path.join(folder, name))
    .filter((file) => fs.statSync(file).isFile());
}

export function isBundleFile(file: string): boolean {
  return NAME.exec(file)?.[1] === 'json';
}

/** The resources of a file, some at a time. Memory holds a chunk and a line, or one Bundle. */
export async function* resourceLines(file: string): AsyncGenerator<readonly ResourceLine[]> {
  if (isBundleFile(file)) yield bundleEntries(await readPlain(file));
  else yield* lines(file);
}

async function readPlain(file: string): Promise<Buffer> {
  const bytes = await readFile(file);
  return file.endsWith('.gz') ? gunzipSync(bytes) : bytes;
}

async function* lines(file: string): AsyncGenerator<readonly ResourceLine[]> {
  const raw = fs.createReadStream(file, { highWaterMark: 1 << 20 });
  const plain = file.endsWith('.gz') ? raw.pipe(createGunzip({ chunkSize: 1 << 20 })) : raw;
  let number = 0;
  let pending: Buffer[] = [];
  const take = (): readonly ResourceLine[] => {
    number += 1;
    const text = trim(
      pending.length === 1 ? (pending[0] ?? EMPTY) : Buffer.concat(pending),
      number,
    );
    pending = [];
    return text.length === skipSpace(text, 0) ? [] : [{ number, text }];
  };
  try {
    for await (const chunk of plain as AsyncIterable<Buffer>) {
      const found: ResourceLine[] = [];
      let start = 0;
      for (let end = chunk.indexOf(LINE_FEED); end >= 0; end = chunk.indexOf(LINE_FEED, start)) {
        pending.push(chunk.subarray(start, end));
        found.push(...take());
        start = end + 1;
      }
      if (start < chunk.length) pending.push(chunk.subarray(start));
      yield found;
    }
    if (pending.length > 0) yield take();
  } catch (cause) {
    // A damaged file ends here for the loader too, which reports it.
    if (!file.endsWith('.gz')) throw cause;
  } finally {
    raw.destroy();
  }
}

const EMPTY = Buffer.alloc(0);

function trim(line: Buffer, number: number): Buffer {
  const marked = number === 1 && line.subarray(0, 3).equals(BYTE_ORDER_MARK);
  return line.subarray(marked ? 3 : 0, line.at(-1) === CARRIAGE_RETURN ? -1 : undefined);
}

function bundleEntries(file: Buffer): readonly ResourceLine[] {
  const text = trim(file, 1);
  const start = skipSpace(text, 0);
  const found: ResourceLine[] = [];
  let isBundle = false;
  for (const { name, valueStart, valueEnd } of members(text, start)) {
    if (name === 'resourceType')
      isBundle = text.toString('utf8', valueStart, valueEnd) === '"Bundle"';
    if (name === 'entry') found.push(...readEntries(text, valueStart));
  }
  return isBundle ? found : [{ number: 1, text: text.subarray(start) }];
}

function* readEntries(text: Buffer, at: number): Generator<ResourceLine> {
  let number = 0;
  for (const entry of elements(text, at)) {
    number += 1;
    let resource: Buffer | undefined;
    let fullUrl: string | undefined;
    for (const { name, valueStart, valueEnd } of members(text, entry.start)) {
      if (name === 'resource') resource = text.subarray(valueStart, valueEnd);
      if (name === 'fullUrl') fullUrl = text.toString('utf8', valueStart + 1, valueEnd - 1);
    }
    if (resource) yield { number, text: resource, ...(fullUrl !== undefined && { fullUrl }) };
  }
}
