/** The members of a frozen cohort that share a slot. */
export interface CohortSlot {
  readonly slot: number;
  readonly members: number;
  /** Id of one of them. */
  readonly firstMember: string;
}

/** A member who stands for the slots from theirs up to the next sampled member's. */
export interface SampledMember {
  readonly id: string;
  readonly slots: readonly CohortSlot[];
}

/** A cohort that is no larger is known exactly. */
const ALL_ASKED = 256;
/** Of a larger one, one in so many members is asked about, within limits: each costs time before the first byte. */
const MEMBERS_PER_ASKED = 50;
const FEWEST_ASKED = 32;
const MOST_ASKED = 96;

/** One member of each slot, or of some that are spread evenly over the cohort, in its order. */
export function sampleOf(
  cohort: readonly CohortSlot[],
  size = sampleSize(cohort),
): readonly SampledMember[] {
  const count = Math.min(size, cohort.length);
  const boundary = (index: number): number => Math.round((index * cohort.length) / count);
  return Array.from({ length: count }, (_, index) => {
    const slots = cohort.slice(boundary(index), boundary(index + 1));
    return { id: slots[0]?.firstMember ?? '', slots };
  });
}

/** The more there is to cut, the better it should be known. */
function sampleSize(cohort: readonly CohortSlot[]): number {
  if (cohort.length <= ALL_ASKED) return ALL_ASKED;
  const members = cohort.reduce((sum, slot) => sum + slot.members, 0);
  return Math.min(MOST_ASKED, Math.max(FEWEST_ASKED, Math.ceil(members / MEMBERS_PER_ASKED)));
}

/**
 * The expected bytes of each slot: those of its sampled member, times the members in it.
 *
 * @param bytes of each sampled member
 */
export function slotWeights(
  sample: readonly SampledMember[],
  bytes: readonly number[],
  slots: number,
): readonly number[] {
  const weights = new Array<number>(slots).fill(0);
  sample.forEach((member, index) => {
    for (const { slot, members } of member.slots) weights[slot] = members * (bytes[index] ?? 0);
  });
  return weights;
}
