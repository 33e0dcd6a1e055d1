import type { Client } from 'pg';

import type { Change } from './change-source';
import { NOTE } from './followed.sql';

const NOTED_AT_ONCE = 5000;

/**
 * Notes which resources a follower has brought, so that a later list of all ids shows which are gone.
 * Only of types that can be listed. Noted before the batch is in: a note too many deletes nothing. What a batch
 * deletes is forgotten at the next comparison, when it is known to be gone: forgotten earlier, it would stay in
 * the store for ever when the batch is lost and the source removes the rest of it meanwhile.
 */
export class FollowedResources {
  private readonly brought = new Map<string, Set<string>>();
  private count = 0;

  constructor(
    private readonly client: Client,
    private readonly feed: string,
    private readonly types: readonly string[],
  ) {}

  /** Notes a resource, unless it is deleted. */
  async note({ type, id, content }: Change): Promise<void> {
    if (content === undefined || !this.types.includes(type)) return;
    const ids = this.brought.get(type) ?? new Set<string>();
    ids.add(id);
    this.brought.set(type, ids);
    this.count += 1;
    if (this.count >= NOTED_AT_ONCE) await this.flush();
  }

  async flush(): Promise<void> {
    for (const [type, ids] of this.brought) {
      await this.client.query(NOTE, [this.feed, type, [...ids]]);
    }
    this.brought.clear();
    this.count = 0;
  }
}
