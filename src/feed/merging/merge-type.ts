import type { Client } from 'pg';

import { ClockBehindError, LoadError } from '../reading/loader.errors';
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
import { mayFillPast } from './write-instant';

type Verdict = 'new' | 'changed' | 'unchanged' | 'past' | 'late' | 'known' | 'conflict';

/** What the staged rows of a type turned out to be. */
export type MergeCounts = Readonly<Record<Verdict, number>>;

/** What all rows of a transaction have in common. */
export interface MergeTerms {
  /** Rows keep the meta that they bring along, which also orders their versions. */
  readonly keepMeta: boolean;
  /** The instant of the write. */
  readonly instant: string;
}

interface TypeTerms extends MergeTerms {
  /** Few rows: statistics and cut tables would cost more than they save. */
  readonly isSmall: boolean;
}

/**
 * Merges the staged rows of one type into the store, within the caller's transaction: all of them, their
 * history, compartments and links. `pg_temp.decision` keeps the verdicts until the next merge.
 *
 * @throws LoadError when another writer has changed the same resources meanwhile; ClockBehindError
 */
export async function mergeType(
  client: Client,
  type: string,
  { keepMeta, instant, isSmall }: TypeTerms,
): Promise<MergeCounts> {
  const isOpen = keepMeta && (await mayFillPast(client));
  await client.query(isSmall ? 'delete from decision' : 'truncate decision');
  await client.query(DECIDE, [type, instant, isOpen]);
  const { rows } = await client.query<{ too_early: boolean }>(IS_TOO_EARLY, [instant]);
  if (rows[0]?.too_early) throw new ClockBehindError();
  if (!isSmall) await client.query('analyze decision (id, patient_id, verdict)');
  const counts = await countVerdicts(client, type);
  if (counts.new + counts.changed + counts.past + counts.late > 0) {
    await write(client, type, { counts, isSmall });
  }
  await noteUnresolved(client, type);
  return counts;
}

async function countVerdicts(client: Client, type: string): Promise<MergeCounts> {
  const { rows } = await client.query<{ verdict: Verdict; count: string }>(
    `select verdict, count(*) from decision group by verdict
     union all
     select 'unchanged', count(*) from staged_key where type = $1 and is_unchanged`,
    [type],
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
  for (const { verdict, count } of rows) counts[verdict] += Number(count);
  return counts;
}

async function write(
  client: Client,
  type: string,
  { counts, isSmall }: { readonly counts: MergeCounts; readonly isSmall: boolean },
): Promise<void> {
  const older = counts.past + counts.late;
  if (older > 0) await numberOlder(client, type);
  for (const statement of SUPERSEDE) await client.query(statement, [type]);
  await client.query(FETCH_BY_PLACE);
  await update(client, type, counts.changed);
  if (counts.new > 0) await client.query(INSERT_NEW, [type]);
  await client.query(FETCH_AS_PLANNED);
  await client.query(INSERT_COMPARTMENTS, [type]);
  if (type === 'Provenance') for (const statement of RENEW_TARGETS) await client.query(statement);
  if (older > 0) await insertOlder(client, type, counts.past > 0);
  await closeLinks(client, type, isSmall);
}

async function update(client: Client, type: string, expected: number): Promise<void> {
  if (expected === 0) return;
  const { rowCount } = await client.query(UPDATE_CHANGED, [type]);
  if (rowCount !== expected) {
    throw new LoadError(`Another writer changed the same ${type} resources: run the load again.`);
  }
}
