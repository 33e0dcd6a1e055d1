import type { QueryRunner } from 'typeorm';

import { FhirError } from '../../common';
import { queryUnlogged } from '../../database';
import type { RosterEntry } from './roster-entry';
import { ANALYZE_INCOMING, CREATE_INCOMING, DROP_INCOMING, INSERT_INCOMING } from './roster.sql';

const BATCH = 10_000;

export type Entries = AsyncIterable<RosterEntry> | Iterable<RosterEntry>;

/**
 * Puts entries into a temporary table of the session for as long as an action takes: any number, with only a batch in
 * memory, and before the transaction that changes the group begins.
 *
 * @throws FhirError 422 as soon as there are more than `most`
 */
export async function withIncoming<T>(
  runner: QueryRunner,
  entries: Entries,
  most: number,
  action: () => Promise<T>,
): Promise<T> {
  await runner.query(CREATE_INCOMING);
  try {
    let count = 0;
    for await (const batch of batchesOf(entries)) {
      count += batch.length;
      if (count > most) throw tooManyMembers(most);
      await queryUnlogged(runner, INSERT_INCOMING, columnsOf(batch));
    }
    await runner.query(ANALYZE_INCOMING);
    return await action();
  } finally {
    await runner.query(DROP_INCOMING);
  }
}

export function tooManyMembers(most: number): FhirError {
  return new FhirError(
    `A group of this app may have ${most} members at most. Nothing was changed: split the group, or ask the operator.`,
    { status: 422, code: 'too-long', expression: ['Group.member'] },
  );
}

async function* batchesOf(entries: Entries): AsyncGenerator<readonly RosterEntry[]> {
  let batch: RosterEntry[] = [];
  for await (const entry of entries) {
    batch.push(entry);
    if (batch.length < BATCH) continue;
    yield batch;
    batch = [];
  }
  if (batch.length > 0) yield batch;
}

function columnsOf(batch: readonly RosterEntry[]): readonly unknown[] {
  return [
    batch.map(({ system }) => system),
    batch.map(({ value }) => value),
    batch.map(({ inactive = false }) => inactive),
    batch.map(({ periodStart = null }) => periodStart),
    batch.map(({ periodEnd = null }) => periodEnd),
  ];
}
