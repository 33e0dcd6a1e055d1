import type { Client } from 'pg';

import { type LoadCounts, UNKNOWN_TYPE } from './load-counts';
import type { CompleteInput, CompleteType, MaxDeletes } from './load.types';
import { LoadError } from './reading/loader.errors';
import {
  analyzeDeletions,
  countCompleteType,
  dropOlder,
  stageMissing,
} from './staging/missing-resources';

/** Lines and entries of these may have been of any type. */
const OF_ANY_TYPE = [UNKNOWN_TYPE, 'Bundle'];

/**
 * Compares full extracts, which are staged, with what is stored. Changes nothing.
 *
 * @throws LoadError where it is not known, or cannot be, what the store has got since an extract was begun
 */
export async function compareComplete(
  client: Client,
  { types, maxDeletes, asOf }: CompleteInput,
  counts: LoadCounts,
): Promise<readonly CompleteType[]> {
  await checkBeginning(client, asOf);
  const compared: CompleteType[] = [];
  for (const type of types) {
    const found = await countCompleteType(client, { type, asOf });
    const allowed = allowedOf(found, maxDeletes);
    const isHeld = [type, ...OF_ANY_TYPE].some((name) => counts.get(name, 'rejected') > 0);
    const outcome = isHeld ? 'held' : found.missing > allowed ? 'beyond' : 'deleted';
    compared.push({ type, ...found, allowed, outcome });
  }
  return compared;
}

/** What feeds bring meanwhile is not in an extract, and must not be taken for deleted. */
async function checkBeginning(client: Client, asOf: string | undefined): Promise<void> {
  const { rows } = await client.query<{ isFuture: boolean | null; feeds: string | null }>(
    `select $1::timestamptz > clock_timestamp() as "isFuture",
            (select string_agg(name, ', ' order by name) from feed.feed) as feeds`,
    [asOf],
  );
  const { isFuture, feeds } = rows[0] ?? {};
  if (isFuture) throw new LoadError('--as-of lies in the future. Say when the extract was begun.');
  if (asOf !== undefined || typeof feeds !== 'string') return;
  throw new LoadError(
    `The store is fed by ${feeds}, too. Nothing was loaded. Say with --as-of when the extract was begun: what the store has got since then stays.`,
  );
}

/**
 * Leaves what was written to the store since the extract was begun as it is. What the input says of it
 * counts as unchanged.
 */
export async function keepLater(client: Client, asOf: string, counts: LoadCounts): Promise<void> {
  for (const { type, count } of await dropOlder(client, asOf)) counts.add(type, 'unchanged', count);
}

/**
 * Stages the deletion of what is missing.
 *
 * @returns the number of resources
 * @throws LoadError naming every type of which more is missing than may be deleted
 */
export async function stageDeletions(
  client: Client,
  compared: readonly CompleteType[],
  asOf: string | undefined,
): Promise<number> {
  const beyond = compared.filter(({ outcome }) => outcome === 'beyond');
  if (beyond.length > 0) {
    const faults = beyond.map(beyondAllowed).join(' ');
    throw new LoadError(
      `${faults} Nothing was loaded. When the extract is whole and they are gone indeed, allow it with --max-deletes.`,
    );
  }
  const wanted = compared.filter(({ outcome, missing }) => outcome === 'deleted' && missing > 0);
  for (const { type } of wanted) await stageMissing(client, { type, asOf });
  if (wanted.length > 0) await analyzeDeletions(client);
  return wanted.reduce((sum, { missing }) => sum + missing, 0);
}

/** An input without a single resource of the type is rather a mistake: all of it must be allowed. */
function allowedOf(
  { stored, input }: Pick<CompleteType, 'stored' | 'input'>,
  maxDeletes: MaxDeletes,
): number {
  const allowed =
    'count' in maxDeletes
      ? Math.min(maxDeletes.count, stored)
      : Math.floor((stored * maxDeletes.percent) / 100);
  const isAll = 'percent' in maxDeletes && maxDeletes.percent === 100;
  return input === 0 && !isAll ? 0 : allowed;
}

function beyondAllowed({ type, stored, input, missing, allowed }: CompleteType): string {
  return input === 0
    ? `The input holds no ${type}, and ${stored} are stored: only --max-deletes 100% deletes all of a type.`
    : `The input lacks ${missing} of ${stored} stored ${type} resources; --max-deletes allows ${allowed}.`;
}
