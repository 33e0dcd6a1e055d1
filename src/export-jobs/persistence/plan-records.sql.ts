/** All parts of a plan in one statement, each of them due at once by the service's clock. */
export const INSERT_PARTS = `
  insert into export.part (id, job_id, kind, type, slot_from, slot_to, estimated_bytes, not_before)
  select id, $1, kind, type, slot_from, slot_to, bytes, (select service.timer())
  from unnest($2::uuid[], $3::text[], $4::int[], $5::int[], $6::bigint[], $7::text[])
    as p (id, type, slot_from, slot_to, bytes, kind)`;

export const ANY_UP_TO =
  'select exists (select from export.job where transaction_time <= $1) as found';
