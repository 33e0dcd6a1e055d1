import type { EntityManager } from 'typeorm';

/** Numbers in a block, as a power of two: their bits take a kilobyte, which PostgreSQL keeps in the row itself. */
const BLOCK_BITS = 13;
const BLOCK = 2 ** BLOCK_BITS;
/** Fewer members of a block than this take less room as a list. */
const FEWEST_AS_BITS = 512;

/**
 * Puts on record whom the frozen cohort of a job holds, and who has departed from it, for as long as it is
 * asked who got whose data. Patients are numbered when they are first exported. Everyone in a block takes no
 * bytes, many take bits, few a list.
 *
 * @param manager of the transaction that froze the cohort; numbers of new patients are locked until its end
 */
export async function recordCohort(manager: EntityManager, jobId: string): Promise<void> {
  await manager.query(NUMBER_PATIENTS, [jobId]);
  await manager.query(record('export.cohort_member', 'false'), [jobId]);
  await manager.query(record('export.departed_member', 'true'), [jobId]);
}

/** SELECT of `job_id, departed`: jobs on record that held the patient whose id is the parameter. */
export function recordedWith(parameter: string): string {
  return `
    select r.job_id, r.departed
    from export.patient_number n join export.recorded_cohort r on r.block = n.number >> ${BLOCK_BITS}
    where n.patient_id = ${parameter}
      and case when r.bits is not null then get_bit(r.bits, n.number & ${BLOCK - 1}) = 1
               when r.places is not null then (n.number & ${BLOCK - 1})::smallint = any (r.places)
               else true end`;
}

/** SELECT of the number that stands for a patient on record, whose id is the parameter. */
export function patientNumber(parameter: string): string {
  return `select n.number from export.patient_number n where n.patient_id = ${parameter}`;
}

/**
 * Removes the record of jobs, and the numbers that are on no record any more. Nobody may record a cohort
 * before the transaction ends.
 */
export async function forgetRecorded(
  manager: EntityManager,
  jobIds: readonly string[],
): Promise<void> {
  const rows = await manager.query<{ blocks: readonly number[] }[]>(FORGET_RECORDED, [jobIds]);
  await manager.query(FORGET_NUMBERS, [rows[0]?.blocks ?? []]);
}

/** In one order, so that two plans that meet the same patients wait for each other once. */
const NUMBER_PATIENTS = `
  insert into export.patient_number (patient_id)
  select c.patient_id
  from (select patient_id from export.cohort_member where job_id = $1
        union all select patient_id from export.departed_member where job_id = $1) c
  where not exists (select from export.patient_number n where n.patient_id = c.patient_id)
  order by c.patient_id
  on conflict do nothing`;

/** Bits are gathered by words of 64: in a bytea the bytes of an int8 come in the other order. */
const record = (members: string, departed: string): string => `
  insert into export.recorded_cohort (job_id, block, departed, bits, places)
  with numbers as materialized (
    select n.number from ${members} m join export.patient_number n on n.patient_id = m.patient_id
    where m.job_id = $1),
  blocks as materialized (
    select number >> ${BLOCK_BITS} as block, count(*) as members from numbers group by 1),
  words as materialized (
    select number >> 6 as word, bit_or(1::bigint << ((number & 63) # 56)) as bits
    from numbers join blocks b on b.block = number >> ${BLOCK_BITS}
    where b.members between ${FEWEST_AS_BITS} and ${BLOCK - 1} group by 1)
  select $1::uuid, block, ${departed}, null::bytea, null::smallint[] from blocks where members = ${BLOCK}
  union all
  select $1, b.block, ${departed}, string_agg(int8send(coalesce(w.bits, 0)), '' order by i), null
  from blocks b cross join generate_series(0, ${BLOCK / 64 - 1}) i
  left join words w on w.word = b.block * ${BLOCK / 64} + i
  where b.members between ${FEWEST_AS_BITS} and ${BLOCK - 1} group by b.block
  union all
  select $1, b.block, ${departed}, null, array_agg((number & ${BLOCK - 1})::smallint order by number)
  from numbers join blocks b on b.block = number >> ${BLOCK_BITS}
  where b.members < ${FEWEST_AS_BITS} group by b.block`;

const FORGET_RECORDED = `
  with removed as (
    delete from export.recorded_cohort where job_id = any ($1::uuid[]) returning block)
  select coalesce(array_agg(distinct block), '{}') as blocks from removed`;

const FORGET_NUMBERS = `
  delete from export.patient_number n using unnest($1::int[]) b (block)
  where n.number between b.block * ${BLOCK} and b.block * ${BLOCK} + ${BLOCK - 1}
    and not exists (select from export.recorded_cohort r where r.block = b.block)`;
