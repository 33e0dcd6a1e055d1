import type { Client } from 'pg';

import type { LoadCounts } from '../load-counts';

/** Everything about the staged rows but their text, and where that is: one pass over the texts. */
const KEYS = `
  select ctid as row_id, seq, type, id, patient_id, other_patients, links, targets, digest,
         given_version, given_updated, unresolved, content is null as is_unchanged, true as latest
  from staged`;

const SHARED_KEYS = `
  create unlogged table clinical_load.staged_key with (autovacuum_enabled = off) as ${KEYS}`;

/** Of a session that stages small passes on its own. */
export const OWN_KEYS = `create temporary table staged_key as ${KEYS} with no data`;

/** The last occurrence of a version stands. */
const DROP_REPEATED = `
  with last as (
    select type, id, given_updated, given_version, max(seq) as seq
    from staged_key group by type, id, given_updated, given_version having count(*) > 1
  ), dropped as (
    delete from staged_key k using last l
    where k.type = l.type and k.id = l.id and k.given_updated is not distinct from l.given_updated
      and k.given_version is not distinct from l.given_version and k.seq < l.seq
    returning k.type
  )
  select type, count(*) from dropped group by type`;

/** The latest of several versions: by meta.lastUpdated, without one it is now; then by meta.versionId. */
const MARK_OLDER = `
  with several as (
    select type, id from staged_key group by type, id having count(*) > 1
  ), placed as (
    select k.row_id, row_number() over (
             partition by type, id
             order by given_updated desc nulls first, given_version desc nulls last, seq desc) as place
    from staged_key k join several using (type, id)
  )
  update staged_key k set latest = false
  from placed p where p.row_id = k.row_id and p.place > 1`;

/**
 * Makes the list of staged versions, each once: the last occurrence counts, so that loading the same
 * input again finds what it stored. Counts the earlier ones as repeated. A resource has one version,
 * unless its meta is kept and tells several apart.
 *
 * @returns the types that are staged, the one with most resources first
 */
export async function keyStaged(
  client: Client,
  counts: LoadCounts,
  { keepMeta, isSmall }: { readonly keepMeta: boolean; readonly isSmall: boolean },
): Promise<readonly string[]> {
  await client.query(isSmall ? `insert into staged_key ${KEYS}` : SHARED_KEYS);
  const { rows: repeated } = await client.query<{ type: string; count: string }>(DROP_REPEATED);
  for (const { type, count } of repeated) counts.add(type, 'repeated', Number(count));
  if (keepMeta) await client.query(MARK_OLDER);
  if (!isSmall) await indexKeys(client);
  const { rows } = await client.query<{ type: string }>(
    'select type from staged_key group by type order by count(*) desc',
  );
  return rows.map(({ type }) => type);
}

async function indexKeys(client: Client): Promise<void> {
  await client.query('create index staged_key_type on staged_key (type)');
  // Few rows have any: each type would be read once more to find them.
  await client.query(
    'create index staged_key_unresolved on staged_key (type) where unresolved is not null',
  );
  await client.query('analyze staged_key (type, id, patient_id)');
}
