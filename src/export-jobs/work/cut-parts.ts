import type { ResourceType } from '@app/fhir';

import { SLOTS, type SlotRange } from '../../extractors';

/** A type of an export with the bytes that it is expected to give. */
export interface TypeEstimate {
  readonly type: ResourceType;
  readonly divisible: boolean;
  readonly bytes: number;
}

export interface PlannedPart {
  readonly type: ResourceType;
  readonly slots: SlotRange;
  readonly estimatedBytes: number;
}

/** What a part costs apart from its bytes, in bytes: so that many small parts weigh something too. */
const PART_OVERHEAD = 65_536;

/**
 * Cuts an export into parts of about `target` bytes: one part a type, or several ranges of slots
 * where a type is larger. Together the parts of a type cover every slot once.
 *
 * @returns the largest parts first, so that none of them starts last
 */
export function cutParts(
  estimates: readonly TypeEstimate[],
  target: number,
): readonly PlannedPart[] {
  return estimates
    .flatMap((estimate) => cutType(estimate, target))
    .sort((a, b) => b.estimatedBytes - a.estimatedBytes);
}

function cutType({ type, divisible, bytes }: TypeEstimate, target: number): readonly PlannedPart[] {
  const count = divisible ? Math.min(SLOTS, Math.max(1, Math.ceil(bytes / target))) : 1;
  const boundary = (index: number): number => Math.round((index * SLOTS) / count);
  return Array.from({ length: count }, (_, index) => ({
    type,
    slots: { from: boundary(index), to: boundary(index + 1) - 1 },
    estimatedBytes: Math.ceil(bytes / count) + PART_OVERHEAD,
  }));
}
