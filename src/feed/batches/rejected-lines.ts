import type { Rejection, Rejections } from '../load.types';

/** A batch that is wrong as a whole has as many faults as lines: these tell enough. */
const KEPT = 10_000;

/** Gathers the rejections of a batch, as many as are kept. */
export class RejectedLines implements Rejections {
  /** How many there are, kept or not. */
  count = 0;
  readonly kept: Rejection[] = [];

  add(rejection: Rejection): void {
    this.count += 1;
    if (this.kept.length < KEPT) this.kept.push(rejection);
  }
}
