import type { Client } from 'pg';

import type { Change } from './change-source';
import { FORGET, NOTE } from './followed.sql';

const NOTED_AT_ONCE = 5000;

/**
 * Notes which resources a follower has brought, so that a later list of all ids shows which are gone.
 * Only of types that can be listed. Noted before the batch is in: a note too many deletes nothing.
 */
export class FollowedResources {
  private readonly changed = new Map<string, Map<string, boolean>>();
  private count = 0;

  constructor(
    private readonly client: Client,
    private readonly feed: string,
    private readonly types: readonly string[],
  ) {}

  /** Notes a resource, or forgets a deleted one. */
  async note({ type, id, content }: Change): Promise<void> {
    if (!this.types.includes(type)) return;
    const ids = this.changed.get(type) ?? new Map<string, boolean>();
    ids.set(id, content !== undefined);
    this.changed.set(type, ids);
    this.count += 1;
    if (this.count >= NOTED_AT_ONCE) await this.flush();
  }

  async flush(): Promise<void> {
    for (const [type, ids] of this.changed) {
      await this.write(NOTE, type, idsThat(ids, true));
      await this.write(FORGET, type, idsThat(ids, false));
    }
    this.changed.clear();
    this.count = 0;
  }

  private async write(statement: string, type: string, ids: readonly string[]): Promise<void> {
    if (ids.length > 0) await this.client.query(statement, [this.feed, type, ids]);
  }
}

function idsThat(ids: ReadonlyMap<string, boolean>, exist: boolean): readonly string[] {
  return [...ids].filter(([, exists]) => exists === exist).map(([id]) => id);
}
