import { patientNumber, recordedWith } from '../../cohort';
import { CLOCK } from './exports-shown.sql';

/** Exports that held the patient `$1`, newest first, before the export `$2`; `$3` of them. */
export const DISCLOSED = `
  select j.id, j.app_id as "app", j.level, j.group_id as "group", j.state, j.request_id as "requestId",
         j.parameters, coalesce(j.parameters -> 'patients' ? $1, false) as named, r.departed,
         j.transaction_time as "transactionTime", j.failure,
         coalesce(d.created, c.time + (j.created_at - c.timer)) as "createdAt",
         coalesce(d.finished, c.time + (j.finished_at - c.timer)) as "finishedAt",
         d.downloads, d.first, d.last, coalesce(d.files, '{}') as files, d.signed
  from (select r.job_id, bool_and(r.departed) as departed from (${recordedWith('$1')}) r group by 1) r
  join export.job j on j.id = r.job_id
  cross join ${CLOCK}
  cross join lateral (
    select count(*) filter (where e.action = 'file.downloaded')::int as downloads,
      min(e.at) filter (where e.action = 'file.downloaded') as first,
      max(e.at) filter (where e.action = 'file.downloaded') as last,
      array_agg(distinct e.detail ->> 'file') filter (where e.action = 'file.downloaded') as files,
      count(*) filter (where e.action = 'file.signed')::int as signed,
      min(e.at) filter (where e.action = 'export.kick-off') as created,
      max(e.at) filter (where e.action = any ('{export.completed,export.failed,export.deleted,export.cancelled}')) as finished
    from audit.event e where e.job_id = j.id) d
  where $2::uuid is null or (j.created_at, j.id) < (select b.created_at, b.id from export.job b where b.id = $2)
  order by j.created_at desc, j.id desc limit $3`;

/** The number of the patient `$1`; null for one who is on no record. */
export const NUMBER = `select (${patientNumber('$1')}) as number`;

/** Exports that froze a cohort which is on record no more, or never was. */
export const NOT_ON_RECORD = `
  select count(*)::int as exports, max(c.time + (j.planned_at - c.timer)) as last
  from export.job j cross join service.clock c
  where j.planned_at is not null and not j.cohort_recorded`;
