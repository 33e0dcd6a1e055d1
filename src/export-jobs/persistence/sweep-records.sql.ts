/** Running jobs in which a part was claimed again. */
export const RETRIED = `
  select j.id from export.job j
  where j.state = 'running'
    and exists (select from export.part p where p.job_id = j.id and p.fence > 1)`;

/** Parts with the keys of their files, in one statement: both must be of one instant. */
export const PARTS = `
  select p.id, p.fence::float8 as fence, p.state, coalesce(f.files, '{}') as files
  from export.part p
  left join (select part_id, array_agg(storage_key) as files from export.file
             where job_id = $1 group by part_id) f on f.part_id = p.id
  where p.job_id = $1`;

/** Notes that a job was gone over, if it is in the same state still, and whether its cohort is kept. */
export const NOTE_SWEEP = `
  update export.job j
  set swept_at = service.timer(),
      cohort_kept = j.state in ('completed', 'failed') and (j.swept_at is null or j.cohort_kept)
        and exists (select from export.part p where p.job_id = j.id and p.state = 'failed')
  where j.id = $1 and j.state = $2
  returning j.cohort_kept as kept`;

/** Ids that are of no job, which a repository has no rows for. */
export const WITHOUT_FILES = `
  select u.id from unnest($1::uuid[]) as u (id)
  where not exists (select from export.job j
                    where j.id = u.id and (j.swept_at is null or j.state = 'completed'))`;

/** Exports that ended more than `$1` days ago; what others hold is left to them. */
export const UNRECORD = `
  update export.job set cohort_recorded = false
  where id in (select id from export.job
    where cohort_recorded and finished_at <= (select service.timer()) - make_interval(days => $1)
    order by finished_at limit 1000 for update skip locked)
  returning id`;
