/**
 * As the statements of survey.sql.ts, for Provenance: what touches a segment is whatever a patient of its
 * range may be led by to another Provenance than before.
 */

const target = (row: string): string =>
  `join clinical.provenance_target t on t.target_type = ${row}.type and t.target_id = ${row}.id`;
const added = (instant: string): string =>
  `${instant} <= $2::timestamptz
   and ${instant} > (select min(s.as_of) from clinical.packed_segment s where s.type = $1)`;

/** Provenance that something has happened to, or to a resource that leads to it: since when, by whom. */
const CAUSE = `
  select v.id, v.last_updated as at, null::xid8 as xid from clinical.resource v
  where v.type = 'Provenance' and ${added('v.last_updated')}
  union all
  select n.patient_id, null, n.xid from clinical.packed_note n where n.type = 'Provenance'
  union all
  select t.provenance_id, o.last_updated, null from clinical.resource o ${target('o')}
  where ${added('o.last_updated')}
  union all
  select t.provenance_id, o.valid_from, null from clinical.compartment o ${target('o')}
  where ${added('o.valid_from')}
  union all
  select t.provenance_id, null, n.xid from clinical.packed_note n
  join clinical.resource o on o.patient_id = n.patient_id
  join clinical.compartment c on c.type = o.type and c.id = o.id ${target('o')}
  where n.type not in ('Provenance', '*')`;

/** Patients whom that concerns, by what is stored, by the notes, and by what is packed. */
const CONCERNED = `
  select o.patient_id, max(c.at) as at, max(c.xid) as xid from cause c
  join clinical.provenance_target t on t.provenance_id = c.id
  join clinical.resource o on o.type = t.target_type and o.id = t.target_id
  where o.patient_id is not null group by o.patient_id
  union all
  select o.patient_id, max(c.at), max(c.xid) from cause c
  join clinical.provenance_target t on t.provenance_id = c.id
  join clinical.compartment o on o.type = t.target_type and o.id = t.target_id group by o.patient_id
  union all
  select n.patient_id, null, max(n.xid) from clinical.packed_note n
  where n.type not in ('Provenance', '*') group by n.patient_id
  union all
  select m.patients[1], null, max(n.xid) from clinical.packed_segment s
  join clinical.packed_member m on m.segment_id = s.id
  cross join lateral unnest(m.ids) as held (id)
  join clinical.packed_note n on n.type = 'Provenance' and n.patient_id = held.id
  where s.type = $1 group by m.id`;

export const PROVENANCE_TOUCHED = `
  cause as (${CAUSE}), concerned as (${CONCERNED}), touched as (
    select s.id from concerned c
    cross join lateral (
      select l.id, l.as_of, l.seen from clinical.packed_segment l
      where l.type = $1 and l.patient_from <= c.patient_id
      order by l.patient_from desc limit 1) s
    where c.at > s.as_of or c.xid >= s.seen
    union
    select s.id from clinical.packed_segment s
    where s.type = $1 and s.seen <= (select max(n.xid) from clinical.packed_note n where n.type = '*')
  )`;

export const PROVENANCE_WRITTEN = `
  select exists (select from clinical.packed_note)
      or exists (select from clinical.resource v where ${added('v.last_updated')}) as written
  from (select $1::text) as type`;
