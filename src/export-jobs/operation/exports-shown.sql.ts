import { OPEN_PART_STATES, sqlStates } from '../persistence/job-states';

/** Instants are kept by the timer, which is no time of day: `c` turns them into one. */
export const CLOCK = '(select *, service.timer() as now from service.clock) c';

const dayTime = (column: string, name: string): string =>
  `c.time + (${column} - c.timer) as "${name}"`;

/** As polls are told it, without noting that it was told. */
const PROGRESS = `
  case when j.state <> 'running' then j.progress else greatest(j.progress, coalesce((
    select floor(99 * sum(case when p.state in ${sqlStates(OPEN_PART_STATES)}
                               then least(p.written_bytes, p.estimated_bytes * 0.98)
                               else p.estimated_bytes end) / sum(p.estimated_bytes))
    from export.part p where p.job_id = j.id), 0)) end::int as progress`;

const SUMMARY = `
  j.id, j.app_id as "app", j.level, j.group_id as "group", j.state, j.held_at is not null as held, ${PROGRESS},
  ${dayTime('j.created_at', 'createdAt')}, ${dayTime('j.planned_at', 'plannedAt')},
  ${dayTime('j.finished_at', 'finishedAt')}, ${dayTime('j.expires_at', 'expiresAt')}`;

/** Exports, newest first: of the states `$1`, the app `$2`, the group `$3`, before the export `$4`; `$5` of them. */
export const LIST = `
  select ${SUMMARY}
  from export.job j cross join ${CLOCK}
  where ($1::text[] is null or j.state = any ($1)) and ($2::text is null or j.app_id = $2)
    and ($3::text is null or j.group_id = $3)
    and ($4::uuid is null or (j.created_at, j.id) < (select b.created_at, b.id from export.job b where b.id = $4))
  order by j.created_at desc, j.id desc limit $5`;

/** One export, and what its planning waits for: its app's limit is `$2` unless the app has its own, all apps' `$3`. */
export const SHOW = `
  select ${SUMMARY}, j.parameters, j.transaction_time as "transactionTime", j.attempts, j.retries, j.failure,
         j.request_id as "requestId",
         coalesce((select max_running from auth.app a where a.id = j.app_id), $2) as "appLimit",
         (select count(*)::int from export.job r where r.app_id = j.app_id and r.state in ('planning', 'running')) as "appRunning",
         (select count(*)::int from export.job r where r.state in ('planning', 'running')) as "allRunning", $3::int as "allLimit",
         (select jsonb_object_agg(s.state, s.parts) from (
            select p.state, count(*) as parts from export.part p where p.job_id = j.id group by p.state) s) as "partStates",
         (select jsonb_build_object('files', count(*), 'resources', coalesce(sum(f.resources), 0),
            'bytes', coalesce(sum(f.bytes), 0), 'storedBytes', coalesce(sum(f.stored_bytes), 0))
          from export.file f where f.job_id = j.id) as written,
         (select jsonb_build_object('count', count(*), 'last', max(e.at)) from audit.event e
          where e.job_id = j.id and e.action = 'file.downloaded') as downloads
  from export.job j cross join ${CLOCK}
  where j.id = $1`;

/** Parts of an export, those first that need an eye: what has failed, what runs, what waits. */
export const PARTS = `
  select p.id, p.kind, p.type, p.slot_from as "slotFrom", p.slot_to as "slotTo", p.state, p.attempts, p.worker,
         p.estimated_bytes::float8 as "estimatedBytes", p.written_bytes::float8 as "writtenBytes",
         p.resources::float8 as resources, p.failure, p.last_error as "lastError", p.step,
         ${dayTime('p.step_at', 'stepAt')}, ${dayTime('p.turn_at', 'startedAt')},
         ${dayTime('p.not_before', 'notBefore')}, ${dayTime('p.finished_at', 'finishedAt')},
         p.not_before > c.now as later, extract(epoch from c.now - p.step_at)::float8 as "stepSeconds",
         extract(epoch from c.now - p.turn_at)::float8 as "runningSeconds"
  from export.part p cross join ${CLOCK}
  where p.job_id = $1
  order by array_position(array['failed', 'running', 'pending', 'completed'], p.state), p.type, p.slot_from, p.id
  limit $2`;

/** Files of an export, with how often each was downloaded. */
export const FILES = `
  select f.section, f.type, f.ordinal, f.resources::float8 as resources, f.bytes::float8 as bytes,
         f.stored_bytes::float8 as "storedBytes", coalesce(d.downloads, 0)::int as downloads
  from export.file f
  left join (select e.detail ->> 'file' as name, count(*) as downloads from audit.event e
             where e.job_id = $1 and e.action = 'file.downloaded' group by 1) d
    on d.name = case f.section when 'output' then f.type else f.section end || '.' || f.ordinal || '.ndjson'
  where f.job_id = $1
  order by f.section, f.type, f.ordinal limit $2`;
