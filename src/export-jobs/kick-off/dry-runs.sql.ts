/** A place of the app `$1` and one of two places of all, kept until the transaction ends. */
export const TAKE_TURN = `
  select case when pg_try_advisory_xact_lock(hashtext('export.dry-run of app'), hashtext($1))
    then pg_try_advisory_xact_lock(hashtext('export.dry-run'), 1)
      or pg_try_advisory_xact_lock(hashtext('export.dry-run'), 2)
    else false end as taken`;

/** Bytes a second of the latest exports that had more than a megabyte, all together: large ones count most. */
export const RATE = `
  select (sum(r.bytes) / sum(r.seconds))::float8 as rate
  from (
    select p.bytes, greatest(extract(epoch from j.finished_at - j.planned_at), 0.1) as seconds
    from export.job j
    cross join lateral (
      select sum(written_bytes) as bytes from export.part where job_id = j.id) p
    where j.state in ('completed', 'expired') and j.retries = 0 and p.bytes > 1e6
    order by j.finished_at desc limit 20) r`;
