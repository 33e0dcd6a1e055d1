/** The statements of PatientLists. `$1` is the group, `$2` the instant of the change. */

export const END_OTHER_TERMS = `
  update groups.member m set removed_at = $2::timestamptz
  from pg_temp.incoming_patient i
  where m.group_id = $1 and m.patient_id = i.id and m.removed_at = 'infinity'
    and (m.inactive, m.period_start, m.period_end)
        is distinct from ($3::boolean, $4::timestamptz, $5::timestamptz)`;

export const BEGIN = `
  insert into groups.member (group_id, patient_id, added_at, inactive, period_start, period_end)
  select $1, i.id, $2::timestamptz, $3::boolean, $4::timestamptz, $5::timestamptz
  from pg_temp.incoming_patient i
  where not exists (select from groups.member m
                    where m.group_id = $1 and m.patient_id = i.id and m.removed_at = 'infinity')`;

export const END = `
  update groups.member m set removed_at = $2::timestamptz
  from pg_temp.incoming_patient i
  where m.group_id = $1 and m.patient_id = i.id and m.removed_at = 'infinity'`;
