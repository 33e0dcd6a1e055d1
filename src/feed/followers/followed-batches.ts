import { type BatchLimits, BatchLines } from './batch-lines';
import type { Change, Checkpoint } from './change-source';
import type { FollowedResources } from './followed-resources';

/** A reading in batches, with what a comparison finds at its beginning. */
export class FollowedBatches {
  constructor(
    private readonly reading: AsyncGenerator<Change | Checkpoint, void>,
    private readonly followed: FollowedResources,
    private deletions: AsyncIterable<Change> | undefined,
  ) {}

  next(limits: BatchLimits): BatchLines {
    return new BatchLines(
      this.reading,
      limits,
      (change) => this.followed.note(change),
      () => this.takeDeletions(),
    );
  }

  /**
   * Ids are listed before changes are read: what was removed and is there again is deleted first, and
   * comes as a change then. The other way round its old state could stay for a while.
   */
  private async *takeDeletions(): AsyncGenerator<Change, void> {
    const { deletions } = this;
    this.deletions = undefined;
    if (deletions) yield* deletions;
  }
}
