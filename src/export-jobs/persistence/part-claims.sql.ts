import type { Prepared } from './prepared';

const DUE = `p.state = 'pending' and p.not_before <= (select service.timer())`;

/** Parts that one claim takes at most: more than there are types. */
const TOGETHER = 32;

/**
 * Counts the claims that could be made now, of parts up to `$1`: a queue takes no more signals. `$2` is what
 * the parts of one claim may cost together.
 */
export const COUNT_DUE = `
  select coalesce(sum(least(parts, 1 + floor(bytes / greatest($2, 1)))), 0)::int as due
  from (select job_id, count(*) as parts, sum(estimated_bytes) as bytes
        from (select p.job_id, p.estimated_bytes from export.job j join export.part p on p.job_id = j.id
              where j.state = 'running' and j.held_at is null and ${DUE} limit $1) parts
        group by job_id) jobs`;

/**
 * Claims in one statement: who chose first and changed then would choose what another has. Small parts that
 * follow in the same job go along, up to a cost of `$4` in all, unless they have been tried before: a part
 * that ends its worker must not take others with it.
 *
 * export.turn is a clock per app, as in start-time fair queueing: `taken` is the bytes of all parts
 * given to the app over its weight, `started` where that stood before the last one. An app that comes
 * back from idleness starts where the others are now, without a claim on what it did not use.
 *
 * The lateral join is entered in the order of `ranked` and left at the first part that can be locked. What
 * was claimed together has one turn, and counts as one running part.
 */
export const CLAIM_NEXT: Prepared = {
  name: 'claim-next-part',
  text: `
  with busy as materialized (
    select j.id, j.app_id, coalesce(a.weight, 1) as weight,
           (select count(distinct p.turn_at) from export.part p
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
    select due.id, due.cost, due.attempts, ranked.id as job_id, ranked.weight, ranked.app_id, ranked.started
    from (select b.id, s.app_id, s.weight, s.started
          from busy b join share s on s.app_id = b.app_id
          where b.app_id <> all ($2::text[])
          order by s.running, s.started, b.parts, b.turn_at, b.id) ranked
    cross join lateral (
      select p.id, p.estimated_bytes::float8 as cost, p.attempts from export.part p
      where p.job_id = ranked.id and ${DUE}
      order by p.estimated_bytes desc, p.id limit 1 for update skip locked) due
    limit 1
  ), small as materialized (
    select next.id as next, p.id, next.cost + sum(p.estimated_bytes) over (order by p.estimated_bytes desc, p.id) as cost
    from next cross join lateral (
      select p.id, p.estimated_bytes from export.part p
      where p.job_id = next.job_id and p.id <> next.id and p.attempts = 0 and next.attempts = 0
        and p.estimated_bytes <= ($4 - next.cost)::bigint and ${DUE}
      order by p.estimated_bytes desc, p.id limit ${TOGETHER - 1}) p
  ), along as materialized (
    select p.id, p.estimated_bytes::float8 as cost from export.part p
    where p.id in (select id from small where cost <= $4) and ${DUE}
    for update skip locked
  ), taken as materialized (
    select id, cost from next union all select id, cost from along
  ), charged as (
    insert into export.turn as t (app_id, started, taken)
    select app_id, started, started + (select sum(cost) from taken) / weight from next
    on conflict (app_id) do update
      set started = greatest(t.taken, excluded.started),
          taken = greatest(t.taken, excluded.started) + excluded.taken - excluded.started
  ), claimed as (
  update export.part p
  set state = 'running', fence = p.fence + 1, attempts = p.attempts + 1,
      worker = $3, step = null, step_at = null, written_bytes = 0, turn_at = (select service.timer()),
      lease_until = (select service.timer()) + make_interval(secs => $1)
  from taken, export.job j
  where p.id = taken.id and j.id = p.job_id
  returning p.id, p.job_id as "jobId", j.app_id as "appId", j.level, p.kind, p.type, p.fence, p.attempts,
            p.slot_from as "slotFrom", p.slot_to as "slotTo", j.request_id as "requestId", j.parameters, j.cohort_share as "cohortShare",
            to_char(j.transaction_time at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') as "transactionTime", taken.cost)
  select * from claimed order by cost desc, id`,
};
