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
import { runTogether } from './run-together';
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
  const [, , early, , verdicts] = await runTogether(client, [
    { text: isSmall ? 'delete from decision' : 'truncate decision' },
    { text: DECIDE, values: [type, instant, String(isOpen)] },
    { text: IS_TOO_EARLY, values: [instant] },
    { text: isSmall ? 'select' : 'analyze decision (id, patient_id, verdict)' },
    { text: COUNT_VERDICTS, values: [type] },
  ]);
  if (early?.rows[0]?.['too_early'] === true) throw new ClockBehindError();
  const counts = countsOf(verdicts?.rows ?? []);
  if (counts.new + counts.changed + counts.past + counts.late > 0) {
    await write(client, type, { counts, isSmall });
  }
  await noteUnresolved(client, type);
  return counts;
}

const COUNT_VERDICTS = `
  select verdict, count(*) from decision group by verdict
  union all
  select 'unchanged', count(*) from staged_key where type = $1 and is_unchanged`;

function countsOf(rows: readonly Readonly<Record<string, unknown>>[]): MergeCounts {
  const counts: Record<Verdict, number> = {
    new: 0,
    changed: 0,
    unchanged: 0,
    past: 0,
    late: 0,
    known: 0,
    conflict: 0,
  };
  for (const { verdict, count } of rows) counts[verdict as Verdict] += Number(count);
  return counts;
}

async function write(
  client: Client,
  type: string,
  { counts, isSmall }: { readonly counts: MergeCounts; readonly isSmall: boolean },
): Promise<void> {
  const older = counts.past + counts.late;
  if (older > 0) await numberOlder(client, type);
  const texts = [
    ...[...SUPERSEDE, ...FETCH_BY_PLACE],
    ...(counts.changed > 0 ? [UPDATE_CHANGED] : []),
    ...(counts.new > 0 ? [INSERT_NEW] : []),
    ...[...FETCH_AS_PLANNED, INSERT_COMPARTMENTS],
    ...(type === 'Provenance' ? RENEW_TARGETS : []),
  ];
  const results = await runTogether(
    client,
    texts.map((text) => ({ text, values: [type] })),
  );
  const updated = results[texts.indexOf(UPDATE_CHANGED)]?.rowCount ?? 0;
  if (updated !== counts.changed) {
    throw new LoadError(`Another writer changed the same ${type} resources: run the load again.`);
  }
  if (older > 0) await insertOlder(client, type, counts.past > 0);
  await closeLinks(client, type, isSmall);
}
