import type { Client } from 'pg';

import type { LoadCounts } from '../load-counts';
import type { TypeCounts } from '../load.types';
import { type BatchReceipt, type ChangeBatch, inputOf } from './change-batch';
import {
  ADVANCE,
  FORGET_EVERY,
  FORGET_OLD,
  POSITION,
  RECORD_BATCH,
  RECORD_REJECTED,
  TAKEN,
} from './feed-record.sql';
import { OtherContentError, SequenceError } from './feed.errors';
import { fileDigest } from './file-digest';
import type { RejectedLines } from './rejected-lines';

/** What a batch held and what became of it. */
export interface BatchOutcome {
  readonly digest: Buffer;
  readonly bytes: number;
  readonly instant: string;
  readonly counts: LoadCounts;
  readonly deleted: number;
  readonly rejected: RejectedLines;
}

interface TakenRow {
  readonly digest: Buffer;
  readonly up_to: Date | null;
  readonly counts: Readonly<Record<string, TypeCounts>>;
  readonly deleted: string;
  readonly rejected: string;
}

/**
 * The number of the next batch.
 *
 * @throws SequenceError when the batch leaves a gap
 */
export async function expectedAfter(
  client: Client,
  { feed, sequence }: Pick<ChangeBatch, 'feed' | 'sequence'>,
): Promise<bigint> {
  const { rows } = await client.query<{ position: string }>(POSITION, [feed]);
  const expected = BigInt(rows[0]?.position ?? 0) + 1n;
  if (sequence < 1n || sequence > expected) throw new SequenceError(feed, expected);
  return expected;
}

/**
 * The answer to a batch that was taken in before.
 *
 * @throws OtherContentError when its content was another; SequenceError when that is not known any more
 */
export async function receiptOfRepeated(
  client: Client,
  batch: ChangeBatch,
  expected: bigint,
): Promise<BatchReceipt> {
  const { feed, sequence } = batch;
  const { rows } = await client.query<TakenRow>(TAKEN, [feed, sequence.toString()]);
  const [taken] = rows;
  if (!taken) throw new SequenceError(feed, expected);
  if (!taken.digest.equals(await fileDigest(inputOf(batch))))
    throw new OtherContentError(feed, expected);
  return {
    ...{ feed, sequence, upTo: taken.up_to?.toISOString(), types: taken.counts },
    ...{ deleted: Number(taken.deleted), rejected: Number(taken.rejected), isNew: false },
  };
}

/** Writes down that a batch is in, in the transaction that takes it in. */
export async function recordBatch(
  client: Client,
  batch: ChangeBatch,
  outcome: BatchOutcome,
): Promise<BatchReceipt> {
  const { feed, sequence, upTo, cursor } = batch;
  const { rejected, instant, deleted } = outcome;
  const number = sequence.toString();
  const types = Object.fromEntries(outcome.counts.sorted());
  const advanced = await client.query<{ up_to: Date | null }>(ADVANCE, [
    ...[feed, number, upTo, cursor === undefined ? null : JSON.stringify(cursor), instant],
  ]);
  const [after] = advanced.rows;
  if (!after) throw new SequenceError(feed, sequence);
  await client.query(RECORD_BATCH, [
    ...[feed, number, outcome.digest, outcome.bytes, after.up_to, instant],
    ...[JSON.stringify(types), deleted, rejected.count],
  ]);
  await client.query(RECORD_REJECTED, [
    feed,
    number,
    rejected.kept.map(({ line }) => line),
    rejected.kept.map(({ reason }) => reason),
    rejected.kept.map(({ reference }) => reference ?? null),
  ]);
  if (sequence % FORGET_EVERY === 0n) await client.query(FORGET_OLD, [feed, number, instant]);
  return {
    ...{ feed, sequence, upTo: after.up_to?.toISOString(), types },
    ...{ deleted, rejected: rejected.count, isNew: true },
  };
}
