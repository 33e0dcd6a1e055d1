import { OPEN_PART_STATES, sqlStates } from './job-states';
import type { Prepared } from './prepared';

/** Puts commits of the parts of a job in a row, as long as it runs. */
export const LOCK_JOB: Prepared = {
  name: 'lock-running-job',
  text: `select from export.job where id = $1 and state = 'running' for no key update`,
};

/** Numbers a file while it inserts it; the lock of the job's row keeps others from the same number. */
export const INSERT_FILE: Prepared = {
  name: 'insert-file',
  text: `
    insert into export.file
      (id, job_id, part_id, section, type, ordinal, storage_key, resources, bytes, sha256, encoding,
       stored_bytes, stored_sha256, encrypted, created_at)
    select $1, $2, $3, $4, $5, coalesce(max(f.ordinal), 0) + 1, $6, $7, $8, $9, $10, $11, $12, $13, service.timer()
    from export.file f where f.job_id = $2 and f.section = $4 and f.type = $5`,
};

/** Of a job, if any is left to work on. */
export const OPEN_PART: Prepared = {
  name: 'open-part',
  text: `select from export.part where job_id = $1 and state in ${sqlStates(OPEN_PART_STATES)} limit 1`,
};

/** What a job is said to have failed of. */
export const FIRST_FAILURE = (): string => `(select p.failure from export.part p
  where p.job_id = job.id and p.failure is not null order by p.type, p.slot_from limit 1)`;

/** How long a job that has ended took, from its kick-off on. */
export const JOB_SECONDS = `
  select greatest(0, extract(epoch from finished_at - created_at))::float8 as seconds
  from export.job where id = $1`;

/** A pg_lsn is of no type that TypeORM knows. */
export const KNOWN_POSITION = `
  select replica_position::text as position from export.job where id = $1`;

/** The first that asks takes the position for all parts. */
export const TAKE_POSITION = `
  update export.job set replica_position = coalesce(replica_position, pg_current_wal_insert_lsn())
  where id = $1 returning replica_position::text as position`;
