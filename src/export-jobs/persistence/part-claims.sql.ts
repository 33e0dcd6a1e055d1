import type { Prepared } from './prepared';

const DUE = `p.state = 'pending' and p.not_before <= (select service.timer())`;

/** Counts the parts that could be worked on now, and stops at `$1`: a queue takes no more signals. */
export const COUNT_DUE = `
  select count(*)::int as due
  from (select from export.job j join export.part p on p.job_id = j.id
        where j.state = 'running' and j.held_at is null and ${DUE} limit $1) parts`;

/**
 * Claims a part in one statement: who chose first and changed then would choose what another has.
 *
 * export.turn is a clock per app, as in start-time fair queueing: `taken` is the bytes of all parts
 * given to the app over its weight, `started` where that stood before the last one. An app that comes
 * back from idleness starts where the others are now, without a claim on what it did not use.
 *
 * The lateral join is entered in the order of `ranked` and left at the first part that can be locked.
 */
export const CLAIM_NEXT: Prepared = {
  name: 'claim-next-part',
  text: `
  with busy as materialized (
    select j.id, j.app_id, coalesce(a.weight, 1) as weight,
           (select count(*) from export.part p
            where p.job_id = j.id and p.state = 'running') as parts,
           (select max(p.turn_at) from export.part p where p.job_id = j.id) as turn_at
    from export.job j left join auth.app a on a.id = j.app_id
    where j.state = 'running' and j.held_at is null
  ), share as materialized (
    select b.app_id, b.weight, sum(b.parts) / b.weight as running,
           greatest(max(t.taken), (select max(started) from export.turn), 0) as started
    from busy b left join export.turn t on t.app_id = b.app_id
    group by b.app_id, b.weight
  ), next as materialized (
    select due.id, due.cost / ranked.weight as cost, ranked.app_id, ranked.started
    from (select b.id, s.app_id, s.weight, s.started
          from busy b join share s on s.app_id = b.app_id
          where b.app_id <> all ($2::text[])
          order by s.running, s.started, b.parts, b.turn_at, b.id) ranked
    cross join lateral (
      select p.id, p.estimated_bytes::float8 as cost from export.part p
      where p.job_id = ranked.id and ${DUE}
      order by p.estimated_bytes desc, p.id limit 1 for update skip locked) due
    limit 1
  ), charged as (
    insert into export.turn as t (app_id, started, taken)
    select app_id, started, started + cost from next
    on conflict (app_id) do update
      set started = greatest(t.taken, excluded.started),
          taken = greatest(t.taken, excluded.started) + excluded.taken - excluded.started
  )
  update export.part p
  set state = 'running', fence = p.fence + 1, attempts = p.attempts + 1,
      worker = $3, step = null, step_at = null, written_bytes = 0, turn_at = service.timer(), lease_until = service.timer() + make_interval(secs => $1)
  from next, export.job j
  where p.id = next.id and j.id = p.job_id
  returning p.id, p.job_id as "jobId", j.app_id as "appId", j.level, p.kind, p.type, p.fence, p.attempts,
            p.slot_from as "slotFrom", p.slot_to as "slotTo", j.request_id as "requestId", j.parameters, j.cohort_share as "cohortShare",
            to_char(j.transaction_time at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') as "transactionTime"`,
};
