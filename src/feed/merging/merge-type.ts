import { setTimeout as delay } from 'node:timers/promises';

import type { Client } from 'pg';

import { LoadError } from '../reading/loader.errors';
import { noteUnresolved } from '../staging/note-unresolved';
import { closeLinks } from './link-closure';
import {
  DECIDE,
  FETCH_AS_PLANNED,
  FETCH_BY_PLACE,
  INSERT_COMPARTMENTS,
  INSERT_NEW,
  IS_TOO_EARLY,
  RENEW_TARGETS,
  SUPERSEDE,
  UPDATE_CHANGED,
} from './merge-statements';
import { insertOlder, numberOlder } from './older-versions';
import { mayFillPast, takeWriteInstant } from './write-instant';

type Verdict = 'new' | 'changed' | 'unchanged' | 'past' | 'late' | 'known' | 'conflict';

/** What the staged rows of a type turned out to be. */
export type MergeCounts = Readonly<Record<Verdict, number>>;

/** How long to wait for the clock to pass what is stored already. */
const CLOCK_PATIENCE_MS = 5000;

/**
 * Merges the staged rows of one type into the store, in one transaction: all of them, their history,
 * compartments and links, or nothing. `pg_temp.decision` keeps the verdicts until the next merge.
 *
 * @throws LoadError when another writer has changed the same resources meanwhile, or when the
 *   server's clock is behind what is stored
 */
export async function mergeType(
  client: Client,
  type: string,
  keepMeta: boolean,
): Promise<MergeCounts> {
  await client.query('begin');
  try {
    await decide(client, type, keepMeta);
    const counts = await countVerdicts(client);
    if (counts.new + counts.changed + counts.past + counts.late > 0)
      await write(client, type, counts);
    await noteUnresolved(client, type);
    await client.query('commit');
    return counts;
  } catch (error) {
    await client.query('rollback');
    throw error;
  }
}

async function decide(client: Client, type: string, keepMeta: boolean): Promise<void> {
  const deadline = performance.now() + CLOCK_PATIENCE_MS;
  const isOpen = keepMeta && (await mayFillPast(client));
  for (;;) {
    const instant = await takeWriteInstant(client);
    await client.query('truncate decision');
    await client.query(DECIDE, [type, instant, isOpen]);
    const { rows } = await client.query<{ too_early: boolean }>(IS_TOO_EARLY, [instant]);
    if (!rows[0]?.too_early) break;
    if (performance.now() > deadline) {
      throw new LoadError(`The clock is behind the stored versions of ${type}: nothing is merged.`);
    }
    await delay(1);
  }
  await client.query('analyze decision (id, patient_id, verdict)');
}

async function countVerdicts(client: Client): Promise<MergeCounts> {
  const { rows } = await client.query<{ verdict: Verdict; count: string }>(
    'select verdict, count(*) from decision group by verdict',
  );
  const counts: Record<Verdict, number> = {
    new: 0,
    changed: 0,
    unchanged: 0,
    past: 0,
    late: 0,
    known: 0,
    conflict: 0,
  };
  for (const { verdict, count } of rows) counts[verdict] = Number(count);
  return counts;
}

async function write(client: Client, type: string, counts: MergeCounts): Promise<void> {
  const older = counts.past + counts.late;
  if (older > 0) await numberOlder(client, type);
  for (const statement of SUPERSEDE) await client.query(statement, [type]);
  for (const setting of FETCH_BY_PLACE) await client.query(setting);
  await update(client, type, counts.changed);
  if (counts.new > 0) await client.query(INSERT_NEW, [type]);
  for (const setting of FETCH_AS_PLANNED) await client.query(setting);
  await client.query(INSERT_COMPARTMENTS, [type]);
  if (type === 'Provenance') for (const statement of RENEW_TARGETS) await client.query(statement);
  if (older > 0) await insertOlder(client, type, counts.past > 0);
  await closeLinks(client, type);
}

async function update(client: Client, type: string, expected: number): Promise<void> {
  if (expected === 0) return;
  const { rowCount } = await client.query(UPDATE_CHANGED, [type]);
  if (rowCount !== expected) {
    throw new LoadError(`Another writer changed the same ${type} resources: run the load again.`);
  }
}
