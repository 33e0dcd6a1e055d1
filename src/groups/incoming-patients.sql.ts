/** A temporary table of the session has no entity; ids of patients go there without being logged. */
export const CREATE =
  'create temporary table incoming_patient (id text collate "C" not null primary key)';

export const INSERT = `
  insert into pg_temp.incoming_patient select unnest($1::text[]) on conflict do nothing`;

/** Patients of whom the store has no resource. */
export const UNKNOWN = `
  select count(*)::int as count, (array_agg(id order by id))[1:3] as examples
  from pg_temp.incoming_patient i
  where not exists (select from clinical.resource r where r.type = 'Patient' and r.id = i.id)`;

export const COUNT = 'select count(*)::int as count from pg_temp.incoming_patient';
export const ANALYZE = 'analyze pg_temp.incoming_patient';
export const DROP = 'drop table pg_temp.incoming_patient';
