import { formHere } from './form-here.sql';

/** `skip locked`: others pack other ranges meanwhile. */
export const CLAIM = `
  select id, patient_from, patient_to from clinical.packed_segment
  where type = $1 and due
  order by built_at nulls first limit 1
  for update skip locked`;

/** Due from the start, as what follows a range that was cut off. */
export const LEAVE_REST =
  'insert into clinical.packed_segment (type, patient_from, patient_to) values ($1, $2, $3)';

export const REMOVE_SEGMENT = 'delete from clinical.packed_segment where id = $1';

/** Every transaction before it has ended. */
export const SEEN = 'select pg_snapshot_xmin(pg_current_snapshot())::text as seen';

/**
 * Exports of instants before what the packing has seen can have no use for it: what it has seen superseded is
 * in no member. Writers may be ahead of the clock: see `clinical.write_instant()`.
 */
export const VALID_FROM = `
  select greatest(clock_timestamp(), $2::timestamptz, (
    select max(v.valid_to) from clinical.version v
    where v.type = any($1) and not v.deleted and v.valid_to > now() and v.valid_to < 'infinity'
  ), (
    select max(v.last_updated) from clinical.resource v where v.type = any($1) and v.last_updated > now()
  ))::text as from`;

export const INSERT_SEGMENT = `
  insert into clinical.packed_segment
    (type, patient_from, patient_to, due, built_at, form, as_of, valid_from, seen, patients, resources,
     bytes, first_patient, last_patient, data)
  values ($1, $2, $3, false, service.timer(), ${formHere('$4')}, $5, $6, $7::text::xid8, $8, $9, $10, $11, $12, $13)
  returning id`;

/** `$2` is a JSON array: one statement for all members of a segment. */
export const INSERT_MEMBERS = `
  insert into clinical.packed_member (segment_id, start, length, resources, bytes, patients, ids, others)
  select $1::bigint, m.start, m.length, m.resources, m.bytes,
         array(select jsonb_array_elements_text(m.patients)),
         case when m.ids is not null then array(select jsonb_array_elements_text(m.ids)) end,
         case when m.others is not null then array(select jsonb_array_elements_text(m.others)) end
  from jsonb_to_recordset($2::jsonb)
    as m (start integer, length integer, resources integer, bytes integer, patients jsonb,
          ids jsonb, others jsonb)`;
