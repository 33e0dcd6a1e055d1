import type { Client } from 'pg';

import type { LoadCounts } from '../load-counts';

/**
 * The versions and deletions of each resource that a history or a deletion tells of, the latest first:
 * by the source's time, what has none being later; then by their order in the input.
 */
const PLACE = `
  create temporary table placed as
  with touched as (
    select type, id from deletion
    union select type, id from staged where place is not null
  ), known as (
    select s.type, s.id, s.seq, false as is_deletion,
           coalesce(s.place, (extract(epoch from s.given_updated) * 1000000)::bigint) as place
    from staged s join touched using (type, id)
    union all
    select type, id, seq, true, place from deletion
  )
  select type, id, seq, is_deletion, row_number() over latest_first as nth,
         first_value(is_deletion) over latest_first as is_gone
  from known
  window latest_first as (partition by type, id order by place desc nulls first, seq desc)`;

/** With meta of their own, older versions join the history of what is still there. */
const DROP_VERSIONS = `
  with dropped as (
    delete from staged s using placed p
    where (s.seq, s.type, s.id) = (p.seq, p.type, p.id) and not p.is_deletion
      and p.nth > 1 and (p.is_gone or not $1)
    returning s.type
  )
  select type, count(*) from dropped group by type`;

const DROP_DELETIONS = `
  with dropped as (
    delete from deletion d using placed p
    where (d.seq, d.type, d.id) = (p.seq, p.type, p.id) and p.is_deletion and p.nth > 1
    returning d.type
  )
  select type, count(*) from dropped group by type`;

/**
 * Settles what histories and deletions say about a resource: its latest entry counts. When that is a
 * deletion, no version of it is left in staging; else no deletion is, and of the versions the latest,
 * or, when they keep their meta, all. Counts what is left out as repeated.
 */
export async function settleHistory(
  client: Client,
  counts: LoadCounts,
  keepMeta: boolean,
): Promise<void> {
  await client.query(PLACE);
  const dropped = [
    ...(await client.query<{ type: string; count: string }>(DROP_VERSIONS, [keepMeta])).rows,
    ...(await client.query<{ type: string; count: string }>(DROP_DELETIONS)).rows,
  ];
  for (const { type, count } of dropped) counts.add(type, 'repeated', Number(count));
  await client.query('drop table placed');
}
