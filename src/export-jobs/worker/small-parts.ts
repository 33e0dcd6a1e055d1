import type { Config } from '../../config';
import type { PlannedPart } from './cut-parts';

/** A claim and a commit cost about as much as reading so many bytes takes; more parts share the workers better. */
const TOGETHER_BYTES = 16 << 20;

/** What parts that are claimed together may cost, in bytes. */
export function togetherBytes({
  export: { partTargetBytes },
}: {
  readonly export: Pick<Config['export'], 'partTargetBytes'>;
}): number {
  return Math.min(TOGETHER_BYTES, partTargetBytes);
}

/** How many claims parts take, roughly. @param together see togetherBytes */
export function claimsOf(parts: readonly PlannedPart[], together: number): number {
  const bytes = parts.map(({ estimatedBytes }) => estimatedBytes);
  const small = bytes.filter((each) => each <= together / 2);
  const shared = Math.ceil(small.reduce((sum, each) => sum + each, 0) / Math.max(1, together));
  return bytes.length - small.length + Math.min(small.length, shared);
}
