/** A group that does not exist is a deleted one of version 0, so that there is a row to lock. */
export const PLACEHOLDER = `
  insert into groups.patient_group (id, source, name, name_key, version, last_updated, deleted)
  values ($1, 'patient-list', '', '', 0, '-infinity', true)
  on conflict (id) do nothing`;

/** `$1` waits for other changes of the group. */
export const LOCK = 'select from groups.patient_group where id = $1 for update';

/** The instant is that of a write to the store, with its promise. */
export const STATE = `
  select greatest(clinical.write_instant(), last_updated + interval '1 millisecond')::text as at,
         deleted, source
  from groups.patient_group
  where id = $1`;

/** Copies the row in PostgreSQL, so that what is kept of a version is what was there. */
export const NEW_VERSION = `
  with changed as (
    update groups.patient_group set version = version + 1, last_updated = $2::timestamptz
    where id = $1
    returning *
  )
  insert into groups.group_version
    (group_id, version, last_updated, deleted, source, name, identifiers, characteristics, criteria)
  select id, version, last_updated, deleted, source, name, identifiers, characteristics, criteria
  from changed`;
