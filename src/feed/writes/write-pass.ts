import { Readable } from 'node:stream';

import type { Client } from 'pg';

import { type AuditEvent, recordIn } from '../../audit';
import { FhirError } from '../../common';
import { spool } from '../batches/spool';
import { deletionLine } from '../deletion-line';
import type { Rejection } from '../load.types';
import { takeAtOnce } from '../take-at-once';
import type { Sessions } from '../with-writer';
import { findByIdentifier } from './find-by-identifier';
import { keyOf, type ResourceWrite, type WriteResult } from './resource-write';
import { type StoredVersions, storedVersions } from './stored-versions';
import type { WriteUnit } from './write-unit';

export interface PassOptions {
  readonly fhirBase: string;
  readonly spoolDirectory: string | undefined;
  readonly lineMaxBytes: number;
}

/** What became of a unit: a result for each of its writes, or why they cannot be made out. */
export type UnitResult = readonly WriteResult[] | FhirError;

interface Asked {
  readonly unit: WriteUnit;
  readonly writes: readonly ResourceWrite[];
  readonly refusal?: FhirError;
}

/**
 * Takes writes of different resources into the store together, in one transaction, by the code that takes
 * in batches, and puts them on record in the same transaction. Preconditions are judged under the writer's
 * lock, which the first session holds.
 *
 * @returns a result for each unit, in their order, after the commit
 */
export async function runPass(
  sessions: Sessions,
  units: readonly WriteUnit[],
  options: PassOptions,
): Promise<readonly UnitResult[]> {
  const [client] = sessions;
  const asked: Asked[] = [];
  for (const unit of units) asked.push(await ask(client, unit));
  const all = asked.flatMap(({ writes }) => writes);
  const before = await storedVersions(client, all, ({ isKept = false }) => isKept);
  const due = asked.flatMap(({ writes }) => dueOf(writes, before));
  const settle = async (after: StoredVersions, rejected: Rejected): Promise<UnitResult[]> => {
    const reasons = new Map(due.map((write, index) => [write, rejected.get(index + 1)]));
    const results = asked.map(
      (one) => one.refusal ?? resultsOf(one.writes, { before, after, reasons }),
    );
    await recordIn(
      client,
      asked.map((one, index) => eventOf(one, results[index] ?? [])),
    );
    return results;
  };
  return takeIn(sessions, due, options, settle);
}

async function ask(client: Client, unit: WriteUnit): Promise<Asked> {
  try {
    return { unit, writes: await unit.writes((keys) => findByIdentifier(client, keys)) };
  } catch (error) {
    if (error instanceof FhirError) return { unit, writes: [], refusal: error };
    throw error;
  }
}

function isExpected({ expected }: ResourceWrite, stored: { version: string } | undefined): boolean {
  if (expected === undefined) return true;
  if (expected === 'none') return stored === undefined;
  return stored?.version === String(expected);
}

/** Of writes that are taken in together or not at all: what is not there need not be deleted. */
function dueOf(writes: readonly ResourceWrite[], before: StoredVersions): readonly ResourceWrite[] {
  const stored = (write: ResourceWrite): { version: string } | undefined =>
    before.get(keyOf(write));
  if (!writes.every((write) => isExpected(write, stored(write)))) return [];
  return writes.filter(
    (write) => !write.isKept && (write.line !== undefined || stored(write) !== undefined),
  );
}

interface Judged {
  readonly before: StoredVersions;
  readonly after: StoredVersions;
  readonly reasons: ReadonlyMap<ResourceWrite, string | undefined>;
}

function resultsOf(writes: readonly ResourceWrite[], judged: Judged): readonly WriteResult[] {
  const isRejected = writes.some((write) => judged.reasons.get(write) !== undefined);
  if (isRejected && writes.length > 1) throw new Error('A part of a transaction was rejected.');
  const results = writes.map((write) => resultOf(write, judged));
  if (results.every(({ kind }) => kind !== 'unexpected')) return results;
  return results.map((result) => (result.kind === 'unexpected' ? result : { kind: 'undone' }));
}

function resultOf(write: ResourceWrite, { before, after, reasons }: Judged): WriteResult {
  const earlier = before.get(keyOf(write));
  if (!isExpected(write, earlier)) return { kind: 'unexpected', version: earlier?.version };
  const reason = reasons.get(write);
  if (reason !== undefined) return { kind: 'rejected', reason };
  if (write.isKept && earlier) return { kind: 'stored', stored: earlier, isNew: false };
  if (write.line === undefined) return { kind: 'gone' };
  const stored = after.get(keyOf(write));
  // Of a transaction that another write of it has kept from being carried out.
  if (!stored) return { kind: 'undone' };
  return { kind: 'stored', stored, isNew: earlier === undefined };
}

/** Types and counts alone, for an id may say whose resource it is. */
function eventOf({ unit, writes, refusal }: Asked, results: UnitResult): AuditEvent {
  const kinds = refusal || results instanceof FhirError ? [] : results.map(({ kind }) => kind);
  const failed = kinds.find((kind) => kind === 'unexpected' || kind === 'rejected');
  const result = refusal ? 'refused' : (failed ?? kinds[0] ?? 'stored');
  const types = [...new Set(unit.keys.map((key) => key.slice(0, key.indexOf('/'))))];
  return {
    ...unit.by,
    outcome: refusal || failed ? 'failed' : 'success',
    detail: {
      ...(types.length === 1 ? { type: types.join() } : { types }),
      resources: refusal ? unit.keys.length : writes.length,
      result,
    },
  };
}

/** Reasons by the number of the line, from 1. */
type Rejected = ReadonlyMap<number, string>;

async function takeIn<T>(
  sessions: Sessions,
  writes: readonly ResourceWrite[],
  { spoolDirectory: directory, fhirBase, lineMaxBytes }: PassOptions,
  settle: (after: StoredVersions, rejected: Rejected) => Promise<T>,
): Promise<T> {
  const rejected = new Map<number, string>();
  if (writes.length === 0) return settle(new Map(), rejected);
  const rejects = { add: ({ line, reason }: Rejection) => void rejected.set(line, reason) };
  const lines = Readable.from(writes.flatMap((write) => [lineOf(write), NEWLINE]));
  const { close, ...file } = await spool(lines, { directory, maxBytes: Infinity });
  try {
    const input = { path: 'writes', isCompressed: false, ...file };
    const options = { fhirBase, lineMaxBytes, rejects };
    return await takeAtOnce(sessions, input, options, async () =>
      settle(await storedVersions(sessions[0], writes, () => true), rejected),
    );
  } finally {
    await close();
  }
}

const NEWLINE = Buffer.from('\n');

function lineOf(write: ResourceWrite): Buffer {
  return write.line ?? Buffer.from(deletionLine(write));
}
