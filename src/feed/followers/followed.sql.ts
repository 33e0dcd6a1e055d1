/** Statements about what followers have brought, on the session of a follower's lease. */

/** `$1` the feed, `$2` a type, `$3` ids. */
export const NOTE = `
  insert into feed.followed (feed, type, id) select $1, $2, unnest($3::text[]) on conflict do nothing`;

/**
 * Waits for a batch whose commit is under way though its sender is gone: it holds the row from the moment it has
 * moved the position. `$1` the feed.
 */
export const AWAIT_COMMIT = 'select from feed.feed where name = $1 for update';

/** What is in the store no more, or was never taken in. `$1` the feed. */
export const FORGET_ABSENT = `
  delete from feed.followed f
  where f.feed = $1
    and not exists (select from clinical.resource r where r.type = f.type and r.id = f.id)`;

/** What the source lists of one type. */
export const LISTED = `
  create temporary table if not exists listed (id text collate "C" primary key)`;
export const CLEAR_LISTED = 'truncate pg_temp.listed';
/** `$1` ids. */
export const LIST =
  'insert into pg_temp.listed (id) select unnest($1::text[]) on conflict do nothing';
export const ANALYZE_LISTED = 'analyze pg_temp.listed';

/** `$1` the feed, `$2` a type. */
export const COUNT = `
  select count(*) as followed, count(*) filter (where l.id is null) as missing
  from feed.followed f left join pg_temp.listed l on l.id = f.id
  where f.feed = $1 and f.type = $2`;
/** A page of what is missing. `$1` the feed, `$2` a type, `$3` the id before it. */
export const MISSING = `
  select f.id from feed.followed f
  where f.feed = $1 and f.type = $2 and f.id > $3
    and not exists (select from pg_temp.listed l where l.id = f.id)
  order by f.id limit 5000`;
