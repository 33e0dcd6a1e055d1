import { ACTIVE_JOB_STATES, OPEN_PART_STATES, sqlStates } from './job-states';

/**
 * Counts in one look at the partial index of active jobs: states are literals for its sake. The app's own
 * limits come along; they are null where the settings count.
 */
export const COUNT_ACTIVE = `
  select count(*) filter (where app_id = $1)::int as of_app, count(*)::int as in_all,
         (select max_running from auth.app where id = $1) as running,
         (select max_queued from auth.app where id = $1) as queued
  from export.job where state in ${sqlStates(ACTIVE_JOB_STATES)}`;

/** Sums the bytes of all parts where they are; of one app, or of all where `$1` is null. */
export const PROGRESS = `
  select greatest(0, extract(epoch from (select service.timer()) - j.planned_at))::float8 as age,
         coalesce(100 * (select sum(case when p.state in ${sqlStates(OPEN_PART_STATES)}
                                         then least(p.written_bytes, p.estimated_bytes)
                                         else p.estimated_bytes end) / sum(p.estimated_bytes)
                         from export.part p where p.job_id = j.id), 0)::float8 as progress
  from export.job j
  where j.state = 'running' and ($1::text is null or j.app_id = $1)`;
