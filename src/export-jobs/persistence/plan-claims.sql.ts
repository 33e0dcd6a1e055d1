import { RUNNING_JOB_STATES, sqlStates } from './job-states';

/** Jobs that may be planned, in their turn: of the app with the fewest running ones for its weight. */
const next = (perApp: string, inAll: string, also = ''): string => `
  select j.id
  from export.job j
  left join (select app_id, count(*) as jobs from export.job
             where state in ${sqlStates(RUNNING_JOB_STATES)} group by app_id) running
    on running.app_id = j.app_id
  left join auth.app a on a.id = j.app_id
  where j.state = 'accepted'
    and (j.lease_until is null or j.lease_until <= (select service.timer()))
    and j.held_at is null
    and coalesce(running.jobs, 0) < coalesce(a.max_running, ${perApp})
    and (select count(*) from export.job where state in ${sqlStates(RUNNING_JOB_STATES)}) < ${inAll} ${also}
  order by coalesce(running.jobs, 0)::float8 / coalesce(a.weight, 1), j.created_at, j.id`;

/** Whether any job may be planned: `$1` running of its app, `$2` in all. */
export const FIRST_DUE = `${next('$1', '$2')} limit 1`;

/** Claims a job in one statement: a lease of `$1` seconds, none of the apps in `$4`. */
export const CLAIM_NEXT = `
  update export.job
  set state = 'planning', fence = fence + 1, attempts = attempts + 1,
      lease_until = service.timer() + make_interval(secs => $1)
  where id = (${next('$2', '$3', 'and j.app_id <> all ($4::text[])')} limit 1 for update of j skip locked)
  returning id, app_id as "appId", level, group_id as "groupId", parameters, fence, attempts,
    request_id as "requestId",
    extract(epoch from service.timer() - created_at)::float8 as age,
    service.now() - (service.timer() - created_at) as "kickedOffAt"`;
