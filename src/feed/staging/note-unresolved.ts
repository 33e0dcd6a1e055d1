import type { Client } from 'pg';

import type { UnresolvedCount } from '../load.types';
import { runTogether } from '../merging/run-together';
import type { Origin } from './origins';

/** What this load has found, and the files that its rows came from. */
export const NOTE_TABLES = [
  `create unlogged table clinical_load.noted (
     seq bigint not null,
     type text collate "C" not null,
     id text collate "C" not null,
     kind text collate "C" not null,
     patient_id text collate "C" not null,
     base text collate "C" not null
   )`,
  `create unlogged table clinical_load.origin (
     first bigint primary key, path text not null, line bigint not null, is_one_line boolean not null)`,
];

const SETTLED = "('new', 'changed', 'unchanged')";
const SAME_KEY =
  '(n.type, n.id, n.kind, n.patient_id, n.base) = (u.type, u.id, u.kind, u.patient_id, u.base)';
const ORIGIN = `
  cross join lateral (
    select o.path as file, o.line + case when o.is_one_line then 0 else n.seq - o.first end as line
    from origin o
    where o.first < n.seq order by o.first desc limit 1
  ) o`;

/** References of the latest versions that can never be looked up. */
const NOTE_UNREADABLE = `
  insert into noted
  select d.seq, $1, d.id, split_part(u, ' ', 1), '', split_part(u, ' ', 2)
  from decision d
  join staged_key k on k.row_id = d.row_id
  cross join lateral string_to_table(k.unresolved, E'\\n') as u
  where d.verdict in ${SETTLED} and k.type = $1 and k.unresolved is not null`;

/** Patients that are not stored. Those of the load are, by now, but for what Patients point at. */
const NOTE_MISSING = `
  insert into noted
  select d.seq, $1, d.id, 'missing', p.id, ''
  from decision d
  cross join lateral string_to_table(concat_ws(' ', d.patient_id, d.other_patients), ' ') as p (id)
  where d.verdict in ${SETTLED} and d.patient_id is not null
    and not exists (select from clinical.resource r where r.type = 'Patient' and r.id = p.id)`;

/** What was found stored as it is: the record tells. */
const NOTE_UNCHANGED = `
  insert into noted
  select k.seq, $1, k.id, u.kind, u.patient_id, u.base
  from clinical.unresolved_reference u
  join staged_key k on k.type = $1 and k.id = u.id and k.is_unchanged
  where u.type = $1`;

/** A Provenance is whose its targets are. */
const NOTE_MISSING_TARGETS = `
  insert into noted
  select d.seq, $1, d.id, 'missing', substring(target from 9), ''
  from decision d
  cross join lateral string_to_table(d.targets, ' ') as target
  where d.verdict in ${SETTLED} and target like 'Patient/%'
    and not exists (
      select from clinical.resource r where r.type = 'Patient' and r.id = substring(target from 9))`;

/** A resource that was replaced is judged anew. */
const FORGET = `
  delete from clinical.unresolved_reference u
  using decision d
  where u.type = $1 and u.id = d.id and d.verdict in ${SETTLED}
    and not exists (select from noted n where ${SAME_KEY})`;

const RECORD = `
  insert into clinical.unresolved_reference (type, id, kind, patient_id, base, file, line)
  select n.type, n.id, n.kind, n.patient_id, n.base, o.file, o.line
  from noted n
  ${ORIGIN}
  where n.type = $1
  on conflict do nothing`;

/** What waited for these patients is theirs by the id that it names. */
const FIND = `
  delete from clinical.unresolved_reference u
  using decision d
  where u.kind = 'missing' and u.patient_id = d.id
    and exists (select from clinical.resource r where r.type = 'Patient' and r.id = d.id)`;

const COUNT = `
  with placed as (
    select n.*, count(*) over of_kind as resources, row_number() over (of_kind order by n.seq) as place
    from (select distinct on (n.type, n.kind, n.base, n.id) n.* from noted n
          join clinical.unresolved_reference u on ${SAME_KEY}) n
    window of_kind as (partition by n.type, n.kind, n.base)
  )
  select n.type, n.kind, n.base, n.resources::int, array_agg(o.file || ':' || o.line order by n.seq) as examples
  from placed n
  ${ORIGIN}
  where n.place <= 3
  group by n.type, n.kind, n.base, n.resources
  order by n.type, n.kind, n.base`;

/**
 * Notes which of the resources just merged name patients whom the store cannot find, in place of what
 * was on record about them. Within the transaction of the merge.
 */
export async function noteUnresolved(client: Client, type: string): Promise<void> {
  const missing = type === 'Provenance' ? [NOTE_MISSING_TARGETS] : [NOTE_MISSING];
  await runTogether(
    client,
    [
      ...[NOTE_UNREADABLE, NOTE_UNCHANGED],
      ...(type === 'Patient' ? [] : missing),
      ...[FORGET, RECORD],
      ...(type === 'Patient' ? [FIND] : []),
    ].map((text) => ({ text, values: [type] })),
  );
}

/** Says which files and lines the sequence numbers belong to. */
export async function noteOrigins(client: Client, all: readonly Origin[]): Promise<void> {
  // Of files without rows and the next one the latter counts: their numbers are the same.
  const origins = [...new Map(all.map((origin) => [origin.first, origin])).values()];
  await client.query(
    `insert into origin
     select * from unnest($1::bigint[], $2::text[], $3::bigint[], $4::boolean[])`,
    [
      origins.map(({ first }) => first),
      origins.map(({ file }) => file.path),
      origins.map(({ line }) => line),
      origins.map(({ isOneLine }) => isOneLine),
    ],
  );
}

/** What this load brought that is still unresolved at its end. */
export async function countUnresolved(client: Client): Promise<readonly UnresolvedCount[]> {
  const { rows } = await client.query<UnresolvedCount>(COUNT);
  return rows;
}
