/**
 * How much longer than it is valid a used assertion is known, in seconds: no clock that goes back by less
 * makes it good again.
 */
const REMEMBERED_SECONDS = 86_400;

/** Spends an assertion, unless another process has, and sweeps: atomic, because it is one statement. */
export const SPEND = `
  with expired as (
    select ctid from auth.used_assertion
    where $5 and expires_at < $4::timestamptz - make_interval(secs => ${REMEMBERED_SECONDS})
      and (app_id, jti) <> ($1, $2)
    limit 100
    for update skip locked
  ), swept as (
    delete from auth.used_assertion where ctid in (select ctid from expired)
  )
  insert into auth.used_assertion as used (app_id, jti, expires_at) values ($1, $2, $3)
  on conflict (app_id, jti) do update set expires_at = excluded.expires_at
  where used.expires_at < least($4, excluded.expires_at)
  returning jti`;
