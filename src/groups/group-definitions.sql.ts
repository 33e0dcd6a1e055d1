/** The statements of GroupDefinitions. `$1` is the group. */

/** `$1` is one group, or null for all. */
export const LIST = `
  select g.id, g.name, g.source, g.version,
         to_char(g.last_updated at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') as "lastUpdated",
         g.identifiers, g.characteristics, g.criteria,
         case when g.source = 'patient-list' then count(m.patient_id)::int end as members,
         case when g.source = 'patient-list' then (count(m.patient_id) filter (where not m.inactive
            and coalesce(m.period_start <= service.now(), true) and coalesce(m.period_end >= service.now(), true)))::int
         end as active
  from groups.patient_group g
  left join groups.member m on m.group_id = g.id and m.removed_at = 'infinity'
  where not g.deleted and ($1::text is null or g.id = $1)
  group by g.id
  order by g.id`;

/** Null leaves a column as it is; no row is touched when all are what they were. */
export const UPDATE = `
  update groups.patient_group
  set name = coalesce($2::text, name), name_key = coalesce($3::text, name_key),
      identifiers = coalesce($4::json, identifiers),
      characteristics = coalesce($5::json, characteristics),
      criteria = coalesce($6::jsonb, criteria)
  where id = $1
    and (name, identifiers::text, characteristics::text, criteria) is distinct from
        (coalesce($2::text, name), coalesce($4::text, identifiers::text),
         coalesce($5::text, characteristics::text), coalesce($6::jsonb, criteria))`;
