import type { Client } from 'pg';

import { givenNumber } from './merge-statements';

/**
 * Versions that are not the latest join the history: `past` ones with the time in which they held, `late`
 * ones with none, so that they change nothing of what was promised to exports (ADR 0031).
 *
 * Their text needs no stamp: only a load that keeps meta tells several versions apart.
 */
const INSERT_OLDER = `
  insert into clinical.resource_history
    (last_updated, superseded_at, version, deleted, type, id, patient_id, content)
  select d.last_updated, d.last_updated, d.version, false, $1, d.id, d.patient_id, s.content
  from decision d
  join staged s on s.ctid = d.row_id
  where d.verdict in ('past', 'late')`;

/** A version number is unique: who brings none, or one that is taken, gets one below all others. */
const NUMBER_OLDER = [
  `update decision n set version = greatest(n.version, o.version + 1)
   from (select id, max(version) as version from decision where verdict in ('past', 'late') group by id) o
   where n.id = o.id and n.verdict in ('new', 'changed')`,
  `with taken as (
     select h.id, h.version from clinical.resource_history h
     where h.type = $1 and h.id in (select id from decision where verdict in ('past', 'late'))
     union all
     select id, version from decision where verdict in ('new', 'changed')
     union all
     select id, old_version from decision where old_version is not null
   ), numbered as (
     select o.*, o.version is not null and o.place = 1
                 and not exists (select from taken t where t.id = o.id and t.version = o.version) as own
     from (select d.seq, d.id, d.version, d.last_updated,
                  row_number() over (partition by d.id, d.version order by d.last_updated desc, d.seq desc) as place
           from decision d where d.verdict in ('past', 'late')) o
   )
   update decision d
   set version = case when n.own then n.version else least(l.lowest, 1) - n.below end
   from (select *, row_number() over (partition by id, own order by last_updated desc, seq desc) as below
         from numbered) n
   cross join lateral (select min(t.version) as lowest from taken t where t.id = n.id) l
   where d.seq = n.seq`,
];

/**
 * Each version holds until the next one: so whatever the order in which they came. Those of one instant
 * follow each other by the number in their text, which need not be the row's.
 */
const CHAIN = `
  with version as (
    select h.id, h.version, h.last_updated, 0 as is_latest, ${givenNumber('h.content')} as number
    from clinical.resource_history h
    where h.type = $1 and h.id in (select id from decision where verdict = 'past')
    union all
    select r.id, r.version, r.last_updated, 1, null from clinical.resource r
    where r.type = $1 and r.id in (select id from decision where verdict = 'past')
  ), chain as (
    select id, version, lead(last_updated) over (
             partition by id order by last_updated, is_latest, number nulls first, version) as next
    from version
  )
  update clinical.resource_history h set superseded_at = c.next
  from chain c
  where h.type = $1 and h.id = c.id and h.version = c.version and h.superseded_at <> c.next`;

const STORED = `
  from decision d
  join clinical.resource_history h on h.type = $1 and h.id = d.id and h.version = d.version`;
const HELD = "d.verdict = 'past' and h.superseded_at > h.last_updated";

/**
 * For a relation whose rows hold as long as the version that they belong to. Of versions of one instant only
 * the last held: when it has just come, what was there from that instant on held for no time.
 */
function chained(relation: string, { id, where }: { id: string; where: string }): string[] {
  return [
    `update clinical.${relation} c set valid_to = c.valid_from
     ${STORED}
     where ${HELD} and c.${id} = d.id and ${where}
       and c.valid_from = h.last_updated and c.valid_to > c.valid_from`,
    `update clinical.${relation} c set valid_to = h.superseded_at
     from clinical.resource_history h
     where h.type = $1 and h.id in (select id from decision where verdict = 'past')
       and c.${id} = h.id and ${where} and c.valid_from = h.last_updated
       and h.superseded_at > h.last_updated and c.valid_to > c.valid_from`,
  ];
}

const COMPARTMENTS = [
  ...chained('compartment', { id: 'id', where: 'c.type = $1' }),
  `insert into clinical.compartment (type, id, patient_id, valid_from, valid_to)
   select $1, d.id, other, h.last_updated, h.superseded_at
   ${STORED}
   cross join lateral string_to_table(d.other_patients, ' ') as other
   where ${HELD}
   on conflict (type, id, patient_id, valid_from) do update set valid_to = excluded.valid_to`,
];

const TARGETS = [
  ...chained('provenance_target', { id: 'provenance_id', where: "$1 = 'Provenance'" }),
  `insert into clinical.provenance_target (provenance_id, target_type, target_id, valid_from, valid_to)
   select d.id, split_part(target, '/', 1), split_part(target, '/', 2), h.last_updated, h.superseded_at
   ${STORED}
   cross join lateral string_to_table(d.targets, ' ') as target
   where ${HELD}
   on conflict (provenance_id, target_type, target_id, valid_from) do update set valid_to = excluded.valid_to`,
];

/** Finds numbers for the older versions, before the latest ones are written. */
export async function numberOlder(client: Client, type: string): Promise<void> {
  await client.query(NUMBER_OLDER[0] ?? '');
  await client.query(NUMBER_OLDER[1] ?? '', [type]);
}

/** Writes the older versions, after the latest ones. */
export async function insertOlder(client: Client, type: string, isPast: boolean): Promise<void> {
  await client.query(INSERT_OLDER, [type]);
  if (!isPast) return;
  const relations = type === 'Provenance' ? [...COMPARTMENTS, ...TARGETS] : COMPARTMENTS;
  for (const statement of [CHAIN, ...relations]) await client.query(statement, [type]);
}
