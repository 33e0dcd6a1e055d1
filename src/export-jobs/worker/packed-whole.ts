import { COHORT_BUCKETS, type TypeEstimate } from '../../cohort';
import type { PackedCopy } from '../../packed-segments';
import type { ClaimedJob } from '../persistence/plan-claims.service';
import { scopeOf } from './part-scope';

const TYPE = 'Provenance';
/** What is known of its members is held in memory, some hundred bytes for each 32 kB. */
const MOST_BYTES = 2 ** 31;

/**
 * Packed members of Provenance belong to no range of slots, as those of other types do: where they suit the
 * export, one part gives all of it, and is faster than many that read rows; unless it is huge.
 */
export async function packedWhole(
  packed: PackedCopy,
  { id: jobId, target: { level }, parameters }: ClaimedJob,
  estimates: readonly TypeEstimate[],
): Promise<readonly TypeEstimate[]> {
  const estimate = estimates.find(({ type }) => type === TYPE);
  if (!estimate || estimate.bytes > MOST_BYTES) return estimates;
  const part = { jobId, level, kind: 'resources', type: TYPE, parameters } as const;
  const scope = scopeOf({ ...part, slotFrom: 0, slotTo: COHORT_BUCKETS - 1, transactionTime: '' });
  const suits = packed.applies({ kind: 'resources', type: TYPE }, scope);
  if (!suits || !(await packed.isPacked(TYPE))) return estimates;
  return estimates.map((one) => (one.type === TYPE ? { ...one, divisible: false } : one));
}
