/** The statements of PatientLists. `$1` is the group, `$2` the instant of the change. */

/** `$1` is one group, or null for all. */
export const LIST = `
  select g.id, g.name, g.source, g.version, to_char(g.last_updated at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') as "lastUpdated",
         count(m.patient_id)::int as members,
         (count(m.patient_id) filter (where not m.inactive
            and coalesce(m.period_start <= now(), true) and coalesce(m.period_end >= now(), true)))::int as active
  from groups.patient_group g
  left join groups.member m on m.group_id = g.id and m.removed_at = 'infinity'
  where not g.deleted and ($1::text is null or g.id = $1)
  group by g.id
  order by g.id`;

export const DEFINE = `
  update groups.patient_group
  set source = 'patient-list', name = $2, name_key = $3, identifiers = $4, characteristics = $5,
      criteria = null, deleted = false
  where id = $1`;

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

export const END_ALL = `
  update groups.member set removed_at = $2::timestamptz
  where group_id = $1 and removed_at = 'infinity'`;
