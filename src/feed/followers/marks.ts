/** A source's clock, and ours at that moment. */
export interface Clocks {
  readonly clock: string;
  readonly ownClock: string;
}

/** What a source's clock and transactions said before it was read. */
export interface Mark extends Clocks {
  /** By the source's clock: every change before this can be seen by whoever reads later. */
  readonly settled: string;
}

/**
 * Where the next reading begins: changes are read again for as long as their commits may be late.
 *
 * @param overlap in seconds
 */
export function nextBeginning(
  before: Mark,
  now: Clocks,
  { overlap }: { readonly overlap: number },
): Date {
  const overlapping = Date.parse(before.clock) - overlap * 1000;
  return new Date(Math.min(Date.parse(before.settled), overlapping) - putBack(before, now));
}

/** By how many milliseconds a source's clock was put back: stamps begin anew at an earlier time. */
export function putBack(before: Clocks, now: Clocks): number {
  const passedHere = Date.parse(now.ownClock) - Date.parse(before.ownClock);
  const passedThere = Date.parse(now.clock) - Date.parse(before.clock);
  return Math.max(0, passedHere - passedThere);
}

/** An instant that has not come yet cannot be contained, whatever a source's clock shows. */
export function noLater(instant: string, ownClock: string): Date {
  return new Date(Math.min(Date.parse(instant), Date.parse(ownClock)));
}
