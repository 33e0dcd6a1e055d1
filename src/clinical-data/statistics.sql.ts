import type { ResourceType } from '@app/fhir';

/** Resources whose size stands for all of their type. */
const SAMPLE = 200;

/** Whom estimates are asked of: their ids must not be in PostgreSQL's log. */
export const ASKED = 'bulk_data.asked';
const PATIENTS = `jsonb_array_elements_text(current_setting('${ASKED}')::jsonb)`;

/** The planner's guess at the rows of a type: counting them would read them. */
export function rowsOf(type: ResourceType): string {
  return `explain (format json) select 1 ${ofType(type)}`;
}

/** Bytes of an NDJSON line of a type, on average. */
export function sizeOf(type: ResourceType): string {
  return `
    select avg(octet_length(content) + 1)::float8 as bytes
    from (select content ${ofType(type)} limit ${SAMPLE}) as sample`;
}

/** From the index and the rows' headers alone. */
export const BYTES_OF_PATIENTS = `
  select (p.n - 1)::int as patient, owned.type, owned.bytes
  from ${PATIENTS} with ordinality as p (id, n)
  cross join lateral (
    select r.type, sum(octet_length(r.content) + 1)::float8 as bytes
    from clinical.resource r
    where r.patient_id = p.id and r.type = any($1) and r.last_updated > $2
    group by r.type) owned`;

export const LINKS_OF_PATIENTS = `
  select l.type, sum(l.links)::float8 / $2 as links
  from ${PATIENTS} as p (id)
  cross join lateral (
    select l.target_type as type, count(*) as links from clinical.patient_link l
    where l.patient_id = p.id and l.target_type = any($1) group by l.target_type) l
  group by l.type`;

function ofType(type: ResourceType): string {
  return `from clinical.resource where type = '${type}'`;
}
