import { OPEN_PART_STATES, PART_EVENTS, sqlStates } from './job-states';
import type { Prepared } from './prepared';
import { conditionsOfEach } from './transition';

/** Puts commits of the parts of a job in a row, as long as it runs. */
export const LOCK_JOB: Prepared = {
  name: 'lock-running-job',
  text: `select from export.job where id = $1 and state = 'running' for no key update`,
};

/**
 * Ends parts, those that are the claim's still, and returns them. `$1` is a list of objects with what the
 * columns are to hold.
 */
const finish = (event: typeof PART_EVENTS.commit | typeof PART_EVENTS.fail): Prepared => ({
  name: `${event.name}-parts`,
  text: `
    update export.part
    set state = '${event.to}', lease_until = null, finished_at = service.timer(), resources = done.resources,
      written_bytes = done.bytes, failure = done.failure, missing = done.missing
    from jsonb_to_recordset($1::jsonb)
      as done (id uuid, fence bigint, resources bigint, bytes bigint, failure jsonb, missing bigint)
    where part.id = done.id and ${conditionsOfEach(event, 'done.fence')}
    returning part.id`,
});

export const FINISH_PARTS = {
  completed: finish(PART_EVENTS.commit),
  failed: finish(PART_EVENTS.fail),
} as const;

/**
 * Numbers files while it inserts them; the lock of the job's row keeps others from the same numbers. `$1` is
 * the job, `$2` a list of objects with what the columns are to hold, digests as hexadecimal digits.
 */
export const INSERT_FILES: Prepared = {
  name: 'insert-files',
  text: `
    insert into export.file
      (id, job_id, part_id, section, type, ordinal, storage_key, resources, bytes, sha256, encoding,
       stored_bytes, stored_sha256, encrypted, created_at)
    select gen_random_uuid(), $1, n.part, n.section, n.type,
      (select coalesce(max(f.ordinal), 0) from export.file f
       where f.job_id = $1 and f.section = n.section and f.type = n.type)
        + row_number() over (partition by n.section, n.type order by n.place),
      n.storage_key, n.resources, n.bytes, decode(n.sha256, 'hex'), n.encoding, n.stored_bytes,
      decode(n.stored_sha256, 'hex'), n.encrypted, service.timer()
    from jsonb_to_recordset($2::jsonb)
      as n (place int, part uuid, section text, type text, storage_key text, resources bigint, bytes bigint,
        sha256 text, encoding text, stored_bytes bigint, stored_sha256 text, encrypted boolean)`,
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
