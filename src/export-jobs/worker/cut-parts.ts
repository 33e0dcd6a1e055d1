import { ALL_BUCKETS, type BucketRange, COHORT_BUCKETS, type TypeEstimate } from '../../cohort';
import type { PartKind, PartType } from '../persistence/part.entity';

export interface PlannedPart {
  readonly kind: PartKind;
  readonly type: PartType;
  readonly buckets: BucketRange;
  /** What it costs, as if every byte cost as much as the others do. */
  readonly estimatedBytes: number;
}

/** What a part costs apart from its bytes, in bytes: so that many small parts weigh something too. */
const PART_OVERHEAD = 65_536;
/** What a byte of Provenance costs, in bytes: whose it is must be looked up. */
const PROVENANCE_COST = 8;
/** Cutting finer than this costs more than it brings. */
const MIN_PART_BYTES = 67_108_864;
/** Parts that an export of middling size aims at, so that several workers finish together. */
const PARTS = 32;

/**
 * Cuts an export into parts: one a type, or several ranges of buckets where a type is larger than a part
 * should be. That is `target` bytes, less where the export is too small to keep several workers busy
 * with such parts, but never fewer than pay. Together the parts of a type cover every bucket once.
 *
 * @returns the most costly parts first, so that none of them starts last
 */
export function cutParts(
  estimates: readonly TypeEstimate[],
  target: number,
): readonly PlannedPart[] {
  const total = estimates.reduce((sum, { bytes }) => sum + bytes, 0);
  const size = Math.min(target, Math.max(MIN_PART_BYTES, total / PARTS));
  return estimates
    .flatMap((estimate) => cutType(estimate, size))
    .sort((a, b) => b.estimatedBytes - a.estimatedBytes);
}

/** Cuts an export that is organized by patient: each part has all types of its patients. */
export function cutBlocks(
  estimates: readonly TypeEstimate[],
  target: number,
): readonly PlannedPart[] {
  const bytes = estimates.reduce((sum, estimate) => sum + estimate.bytes, 0);
  const weights = estimates.reduce<readonly number[]>(
    (sum, estimate) => sum.map((weight, bucket) => weight + (estimate.weights?.[bucket] ?? 0)),
    new Array<number>(COHORT_BUCKETS).fill(0),
  );
  const patients = { type: 'Patient', divisible: true, bytes, weights } as const;
  return cutParts([patients], target).map((part) => ({ ...part, kind: 'blocks' }));
}

/** The one part that finds what was deleted: it looks at every type, which takes as long as many bytes. */
export const DELETED_PART: PlannedPart = {
  kind: 'deleted',
  type: 'Bundle',
  buckets: ALL_BUCKETS,
  estimatedBytes: 16 << 20,
};

function cutType(
  { type, divisible, bytes, weights }: TypeEstimate,
  size: number,
): readonly PlannedPart[] {
  const count = divisible ? Math.min(COHORT_BUCKETS, Math.max(1, Math.ceil(bytes / size))) : 1;
  const shares = sharesUpTo(weights);
  const cost = type === 'Provenance' ? bytes * PROVENANCE_COST : bytes;
  return ranges(shares, count).map(({ from, to }) => ({
    kind: 'resources' as const,
    type,
    buckets: { from, to },
    estimatedBytes: Math.ceil(cost * ((shares[to + 1] ?? 1) - (shares[from] ?? 0))) + PART_OVERHEAD,
  }));
}

/** The share of the bytes that lies in the buckets before each bucket, and 1 at the end. */
function sharesUpTo(weights: readonly number[] | undefined): readonly number[] {
  const total = weights?.reduce((sum, weight) => sum + weight, 0) ?? 0;
  const shares = [0];
  for (let bucket = 0; bucket < COHORT_BUCKETS; bucket++) {
    const share = weights && total > 0 ? (weights[bucket] ?? 0) / total : 1 / COHORT_BUCKETS;
    shares.push((shares[bucket] ?? 0) + share);
  }
  return shares;
}

/** At most `count` ranges with about the same share each; fewer where one bucket is more than that. */
function ranges(shares: readonly number[], count: number): readonly BucketRange[] {
  const found: BucketRange[] = [];
  let from = 0;
  for (let bucket = 0; bucket < COHORT_BUCKETS - 1; bucket++) {
    if (!endsRange(shares, bucket, count)) continue;
    found.push({ from, to: bucket });
    from = bucket + 1;
  }
  return [...found, { from, to: COHORT_BUCKETS - 1 }];
}

/** A boundary lies where the next `count`-th of the bytes is nearest. */
function endsRange(shares: readonly number[], bucket: number, count: number): boolean {
  return nthPart(shares, bucket + 1, count) > nthPart(shares, bucket, count);
}

/** The number of the part in the middle of which, or nearest to, the bucket's share lies. */
function nthPart(shares: readonly number[], bucket: number, count: number): number {
  const middle = ((shares[bucket] ?? 0) + (shares[bucket + 1] ?? 1)) / 2;
  return Math.min(count - 1, Math.floor(middle * count));
}
