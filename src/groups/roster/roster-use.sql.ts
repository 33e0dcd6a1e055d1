/** SQL: until when a group of an app, `g`, stays unless it is used. @param days SQL of how many */
export const keptUntil = (days: string): string =>
  `greatest(g.last_updated, g.exported_at) + make_interval(days => ${days}::int)`;

/** Groups that nobody has used for `$1` days: all, or that of the id `$2`. */
export const UNUSED = `
  select g.id, g.owner from groups.patient_group g
  where g.owner is not null and not g.deleted and ${keptUntil('$1')} <= service.now()
    and coalesce(g.id = $2, true)`;

/**
 * Notes that the group `$1` is exported. Does not wait for whoever is changing it: a change is a use, too, and
 * kick-offs must not wait for uploads.
 */
export const NOTE_EXPORT = `
  update groups.patient_group set exported_at = service.now()
  where id = (select id from groups.patient_group
              where id = $1 and owner is not null for update skip locked)`;
