/** Those that are at work hold a lock on their id. A transaction stamps nothing earlier than its start. */
export const MARK = `
  select case when coalesce(bool_and(a.xact_start is not null), true)
              then least($1::timestamptz, min(a.xact_start) - interval '1 millisecond') end::text as mark
  from pg_locks l left join pg_stat_activity a on a.pid = l.pid
  where l.locktype = 'transactionid' and l.mode = 'ExclusiveLock' and l.granted
    and l.pid is distinct from pg_backend_pid()
    and coalesce(a.datname, current_database()) = current_database()`;

/** Whether a type has a version, or a deletion, later than both instants. */
export const CHANGED = `
  select exists (select from clinical.resource
                 where type = any($1::text[])
                   and last_updated > least($2::timestamptz, $3::timestamptz))
      or exists (select from clinical.resource_history
                 where type = any($1::text[]) and deleted
                   and last_updated > least($2::timestamptz, $3::timestamptz))
         as changed`;
