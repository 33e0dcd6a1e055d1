/**
 * The statements that keep the segments of a type up to date without packing. `$1` is the type, `$2`
 * an instant up to which every version is visible.
 */

import { formHere } from './form-here.sql';
import { PROVENANCE_TOUCHED, PROVENANCE_WRITTEN } from './provenance-survey.sql';

/** Segments with a note, or with rows taken in since, by the range of patients that they stand for. */
const OWN_TOUCHED = `
  noted as (
    select distinct s.id
    from (select patient_id, max(xid) as xid from clinical.packed_note
          where type = $1 group by patient_id) n
    cross join lateral (
      select l.id, l.seen from clinical.packed_segment l
      where l.type = $1 and l.patient_from <= n.patient_id
      order by l.patient_from desc limit 1) s
    where n.xid >= s.seen
  ), added as (
    select distinct s.id
    from (select v.patient_id, max(v.last_updated) as last_updated
          from clinical.resource v
          where v.type = $1 and v.last_updated <= $2::timestamptz and v.patient_id is not null
            and v.last_updated > (select min(o.as_of) from clinical.packed_segment o where o.type = $1)
          group by v.patient_id) v
    cross join lateral (
      select l.id, l.as_of from clinical.packed_segment l
      where l.type = $1 and l.patient_from <= v.patient_id
      order by l.patient_from desc limit 1) s
    where v.last_updated > s.as_of
  ), touched as (
    select id from noted union select id from added
    union
    select s.id from clinical.packed_segment s
    where s.type = $1 and s.seen <= (select max(n.xid) from clinical.packed_note n where n.type = '*')
  )`;

/**
 * What is to be packed anew: what was touched, or looks different by now. `$3` is the form of lines,
 * `$4` the seconds for which a segment is left alone once it was packed.
 */
const markDue = (touched: string): string => `
  with ${touched}
  update clinical.packed_segment s set due = true
  where s.type = $1 and not s.due
    and (s.form <> ${formHere('$3')}
      or (s.built_at <= (select service.timer()) - make_interval(secs => $4) and s.id in (select id from touched)))`;

/** True when something was written since the segments were last looked at. */
const OWN_WRITTEN = `
  select exists (select from clinical.packed_note where type in ($1, '*'))
      or exists (
        select from clinical.resource v
        where v.type = $1 and v.last_updated <= $2::timestamptz
          and v.last_updated > (select min(o.as_of) from clinical.packed_segment o where o.type = $1)
      ) as written`;

/**
 * Segments that nothing has touched hold as of now as well. Their rows' times and the notes need then
 * be looked at from here on only. A segment that was packed anew meanwhile has another id.
 */
const advance = (touched: string): string => `
  with ${touched}
  update clinical.packed_segment s
  set as_of = $2::timestamptz, seen = pg_snapshot_xmin(pg_current_snapshot())
  where s.type = $1 and not s.due and s.as_of < $2::timestamptz
    and s.id not in (select id from touched)`;

/** The statements for a type; what leads to Provenance lies in other types. */
export function surveyOf(type: string): Survey {
  const [touched, somethingWritten] =
    type === 'Provenance' ? [PROVENANCE_TOUCHED, PROVENANCE_WRITTEN] : [OWN_TOUCHED, OWN_WRITTEN];
  return { markDue: markDue(touched), somethingWritten, advance: advance(touched) };
}

interface Survey {
  readonly markDue: string;
  readonly somethingWritten: string;
  readonly advance: string;
}

/**
 * Cuts the patients into `$2` ranges for a type that has none. Under CUTTING_LOCK: two who cut at the
 * same time would cut differently.
 */
export const FIRST_RANGES = `
  insert into clinical.packed_segment (type, patient_from, patient_to)
  select $1, b.patient_from, lead(b.patient_from) over (order by b.patient_from)
  from (
    select '' collate "C" as patient_from
    union
    select min(t.id)
    from (select p.id, ntile($2::integer) over (order by p.id) as tile
          from clinical.resource p where p.type = 'Patient') t
    where t.tile > 1
    group by t.tile
  ) b
  where not exists (select from clinical.packed_segment s where s.type = $1)`;

/** Notes that every segment has seen. Only while nobody packs: see PACKING_LOCK. */
export const FORGET_NOTES = `
  with oldest as (select type, min(seen) as seen from clinical.packed_segment group by type)
  delete from clinical.packed_note n
  where n.xid < pg_snapshot_xmin(pg_current_snapshot())
    and not exists (select from oldest o where (n.type in (o.type, '*') or o.type = 'Provenance') and o.seen <= n.xid)`;
