import { Readable } from 'node:stream';

import { spool } from '../batches/spool';
import { deletionLine } from '../deletion-line';
import type { Rejection } from '../load.types';
import { takeAtOnce } from '../take-at-once';
import type { Sessions } from '../with-writer';
import { keyOf, type ResourceWrite, type StoredVersion, type WriteResult } from './resource-write';
import { storedVersions } from './stored-versions';

export interface PassOptions {
  readonly fhirBase: string;
  readonly spoolDirectory: string | undefined;
  readonly lineMaxBytes: number;
}

type Stored = ReadonlyMap<string, StoredVersion>;

/**
 * Takes writes of different resources into the store together, in one transaction, by the code that takes
 * in batches. Preconditions are judged under the writer's lock, which the first session holds.
 *
 * @returns a result for each write, in their order, after the commit
 */
export async function runPass(
  sessions: Sessions,
  writes: readonly ResourceWrite[],
  options: PassOptions,
): Promise<readonly WriteResult[]> {
  const before = await storedVersions(sessions[0], writes, false);
  const due = writes.filter((write) => isDue(write, before));
  const { after, rejected } = await takeIn(sessions, due, options);
  const reasons = new Map(due.map((write, index) => [write, rejected.get(index + 1)]));
  return writes.map((write) => resultOf(write, { before, after, reason: reasons.get(write) }));
}

function isExpected({ expected }: ResourceWrite, stored: StoredVersion | undefined): boolean {
  if (expected === undefined) return true;
  if (expected === 'none') return stored === undefined;
  return stored?.version === String(expected);
}

/** What is not expected is refused, and what is not there need not be deleted. */
function isDue(write: ResourceWrite, before: Stored): boolean {
  const stored = before.get(keyOf(write));
  return isExpected(write, stored) && (write.line !== undefined || stored !== undefined);
}

function resultOf(
  write: ResourceWrite,
  { before, after, reason }: { before: Stored; after: Stored; reason: string | undefined },
): WriteResult {
  const earlier = before.get(keyOf(write));
  if (!isExpected(write, earlier)) return { kind: 'unexpected', version: earlier?.version };
  if (reason !== undefined) return { kind: 'rejected', reason };
  if (write.line === undefined) return { kind: 'gone' };
  const stored = after.get(keyOf(write));
  if (!stored) throw new Error('A resource was taken in, and is not stored.');
  return { kind: 'stored', stored, isNew: earlier === undefined };
}

interface TakenIn {
  readonly after: Stored;
  /** Reasons by the number of the line, from 1. */
  readonly rejected: ReadonlyMap<number, string>;
}

async function takeIn(
  sessions: Sessions,
  writes: readonly ResourceWrite[],
  { spoolDirectory: directory, fhirBase, lineMaxBytes }: PassOptions,
): Promise<TakenIn> {
  const rejected = new Map<number, string>();
  if (writes.length === 0) return { after: new Map(), rejected };
  const rejects = { add: ({ line, reason }: Rejection) => void rejected.set(line, reason) };
  const lines = Readable.from(writes.flatMap((write) => [lineOf(write), NEWLINE]));
  const { close, ...file } = await spool(lines, { directory, maxBytes: Infinity });
  try {
    const input = { path: 'writes', isCompressed: false, ...file };
    const options = { fhirBase, lineMaxBytes, rejects };
    const stored = (): Promise<Stored> => storedVersions(sessions[0], writes, true);
    return { after: await takeAtOnce(sessions, input, options, stored), rejected };
  } finally {
    await close();
  }
}

const NEWLINE = Buffer.from('\n');

function lineOf(write: ResourceWrite): Buffer {
  return write.line ?? Buffer.from(deletionLine(write));
}
