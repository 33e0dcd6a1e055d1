import { OPEN_PART_STATES, sqlStates } from './job-states';

/** Sums the bytes of all parts where they are, and never takes back what was said. */
export const RAISE_PROGRESS = `
  update export.job j
  set progress = greatest(j.progress, coalesce((
    select floor(99 * sum(case when p.state in ${sqlStates(OPEN_PART_STATES)}
                               then least(p.written_bytes, p.estimated_bytes * 0.98)
                               else p.estimated_bytes end)
                 / sum(p.estimated_bytes))
    from export.part p where p.job_id = j.id), 0))
  where j.id = $1 and j.state = 'running'
  returning j.progress`;
