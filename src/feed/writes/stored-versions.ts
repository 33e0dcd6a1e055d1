import type { Client } from 'pg';

import { keyOf, type ResourceWrite, type StoredVersion } from './resource-write';

/** Latest versions of some resources; content of those that are wanted with it. */
const STORED = `
  select r.type, r.id, r.version, r.last_updated,
    case when asked.with_content then r.content end as content
  from unnest($1::text[], $2::text[], $3::boolean[]) as asked (type, id, with_content)
  join clinical.resource r on r.type = asked.type and r.id = asked.id`;

interface StoredRow {
  readonly type: string;
  readonly id: string;
  readonly version: string | number;
  readonly last_updated: Date;
  readonly content: string | null;
}

/** By `Type/id`; what is not stored, or deleted, is left out. */
export type StoredVersions = ReadonlyMap<string, StoredVersion>;

/** The stored versions of what is written, with their content where that is wanted. */
export async function storedVersions(
  client: Client,
  writes: readonly ResourceWrite[],
  isWanted: (write: ResourceWrite) => boolean,
): Promise<StoredVersions> {
  const { rows } = await client.query<StoredRow>(STORED, [
    writes.map(({ type }) => type),
    writes.map(({ id }) => id),
    writes.map((write) => write.wantsContent && isWanted(write)),
  ]);
  return new Map(
    rows.map((row) => [
      keyOf(row),
      {
        key: keyOf(row),
        version: String(row.version),
        lastUpdated: row.last_updated,
        content: row.content ?? undefined,
      },
    ]),
  );
}
