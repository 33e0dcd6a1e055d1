import type { Client } from 'pg';

import { runTogether } from './run-together';

/** The advisory lock of whoever adds links, until its transaction ends. */
const LINK_WRITER = '4837125520';

/**
 * A link keeps the earliest time at which it was seen, so that the result does not depend on the
 * order of loads. Only links that are new, or seen earlier than before, go on to the next round.
 */
const KEEP_EARLIEST = `
  on conflict (patient_id, target_type, target_id) do update
    set first_seen = excluded.first_seen
    where excluded.first_seen < patient_link.first_seen
  returning patient_id, target_type, target_id, first_seen`;

/** What the type's written resources point at, for each of their patients. */
const DIRECT = `
  with added as (
    insert into clinical.patient_link as patient_link (patient_id, target_type, target_id, first_seen)
    select patient, split_part(link, '/', 1), split_part(link, '/', 2), min(first_seen)
    from (
      select patient, link, d.last_updated as first_seen
      from decision d
      cross join lateral string_to_table(concat_ws(' ', d.patient_id, d.other_patients), ' ') as patient
      cross join lateral string_to_table(d.links, ' ') as link
      where d.verdict in ('new', 'changed', 'past') and d.patient_id is not null and d.links is not null
    ) named
    group by patient, link
    ${KEEP_EARLIEST}
  )
  insert into frontier select 0, * from added`;

/** What resources in nobody's compartment point at. */
const EDGES = `
  with added as (
    insert into clinical.resource_link as l
      (source_type, source_id, target_type, target_id, first_seen)
    select $1, d.id, split_part(link, '/', 1), split_part(link, '/', 2), d.last_updated
    from decision d
    cross join lateral string_to_table(d.links, ' ') as link
    where d.verdict in ('new', 'changed') and d.patient_id is null and d.links is not null
    on conflict (source_type, source_id, target_type, target_id) do update
      set first_seen = excluded.first_seen where excluded.first_seen < l.first_seen
    returning source_type, source_id, target_type, target_id, first_seen
  )
  insert into edge select * from added`;

/** Patients that were linked to a source before its edge was known. */
const THROUGH_EDGES = `
  with added as (
    insert into clinical.patient_link as patient_link (patient_id, target_type, target_id, first_seen)
    select p.patient_id, e.target_type, e.target_id, min(greatest(p.first_seen, e.first_seen))
    from edge e
    join clinical.patient_link p on p.target_type = e.source_type and p.target_id = e.source_id
    group by p.patient_id, e.target_type, e.target_id
    ${KEEP_EARLIEST}
  )
  insert into frontier select 0, * from added`;

const NEXT_ROUND = `
  with added as (
    insert into clinical.patient_link as patient_link (patient_id, target_type, target_id, first_seen)
    select f.patient_id, l.target_type, l.target_id, min(greatest(f.first_seen, l.first_seen))
    from frontier f
    join clinical.resource_link l on l.source_type = f.target_type and l.source_id = f.target_id
    where f.round = $1
    group by f.patient_id, l.target_type, l.target_id
    ${KEEP_EARLIEST}
  )
  insert into frontier select $1 + 1, * from added`;

/**
 * Adds the links of the rows just written, and everything that is reachable through them: whatever
 * was loaded first, patient_link holds the transitive closure afterwards. Each round starts from
 * what the one before added, so the cost follows what is new, and a cycle adds nothing and ends.
 *
 * One transaction at a time does this: two could each miss what the other adds, or block each other.
 *
 * Edges exist for resources in nobody's compartment only: the closure never leads through one that
 * belongs to a patient.
 */
export async function closeLinks(client: Client, type: string, isSmall: boolean): Promise<void> {
  const clear = isSmall ? 'delete from' : 'truncate';
  const [, , , direct, edges] = await runTogether(client, [
    { text: 'select pg_advisory_xact_lock($1)', values: [LINK_WRITER] },
    ...[{ text: `${clear} frontier` }, { text: `${clear} edge` }, { text: DIRECT }],
    { text: EDGES, values: [type] },
  ]);
  const through = edges?.rowCount ? await client.query(THROUGH_EDGES) : undefined;
  let added = (direct?.rowCount ?? 0) + (through?.rowCount ?? 0);
  for (let round = 0; added > 0; round += 1) {
    added = (await client.query(NEXT_ROUND, [round])).rowCount ?? 0;
  }
}
