/** The members of a frozen cohort that share a bucket. */
export interface CohortBucket {
  readonly bucket: number;
  readonly members: number;
  /** Id of one of them. */
  readonly firstMember: string;
}

/** A member who stands for the buckets from theirs up to the next sampled member's. */
export interface SampledMember {
  readonly id: string;
  readonly buckets: readonly CohortBucket[];
}

/** A cohort that is no larger is known exactly. */
const ALL_ASKED = 256;
/** Of a larger one, one in so many members is asked about, within limits: each costs time before the first byte. */
const MEMBERS_PER_ASKED = 50;
const FEWEST_ASKED = 32;
const MOST_ASKED = 96;

/** One member of each bucket, or of some that are spread evenly over the cohort, in its order. */
export function sampleOf(
  cohort: readonly CohortBucket[],
  size = sampleSize(cohort),
): readonly SampledMember[] {
  const count = Math.min(size, cohort.length);
  const boundary = (index: number): number => Math.round((index * cohort.length) / count);
  return Array.from({ length: count }, (_, index) => {
    const buckets = cohort.slice(boundary(index), boundary(index + 1));
    return { id: buckets[0]?.firstMember ?? '', buckets };
  });
}

/** The more there is to cut, the better it should be known. */
function sampleSize(cohort: readonly CohortBucket[]): number {
  if (cohort.length <= ALL_ASKED) return ALL_ASKED;
  const members = cohort.reduce((sum, bucket) => sum + bucket.members, 0);
  return Math.min(MOST_ASKED, Math.max(FEWEST_ASKED, Math.ceil(members / MEMBERS_PER_ASKED)));
}

/**
 * The expected bytes of each bucket: those of its sampled member, times the members in it.
 *
 * @param bytes of each sampled member
 */
export function bucketWeights(
  sample: readonly SampledMember[],
  bytes: readonly number[],
  buckets: number,
): readonly number[] {
  const weights = new Array<number>(buckets).fill(0);
  sample.forEach((member, index) => {
    for (const { bucket, members } of member.buckets)
      weights[bucket] = members * (bytes[index] ?? 0);
  });
  return weights;
}
