import type { Client } from 'pg';

import type { LoadCounts } from '../load-counts';
import { ClockBehindError } from '../reading/loader.errors';
import type { MergeTerms } from './merge-type';

/** Stored resources to delete. A version that says it is later than the deletion stays, if meta is kept. */
const FIND = `
  create temporary table gone on commit drop as
  select r.type, r.id, r.version, r.patient_id, r.last_updated
  from deletion d
  join clinical.resource r on r.type = d.type and r.id = d.id
  where not $1::boolean or d.place is null or coalesce(
    extract(epoch from lower(fhir_search.time(r.content::json -> 'meta' ->> 'lastUpdated')) at time zone 'UTC')
      * 1000000, 0) <= d.place`;

const IS_TOO_EARLY = 'select exists (select from gone where last_updated >= $1) as too_early';

/** What becomes of them, `$1` being the write's instant. */
const DELETE = [
  `insert into clinical.resource_history
     (last_updated, superseded_at, version, deleted, type, id, patient_id, content)
   select r.last_updated, $1, r.version, false, r.type, r.id, r.patient_id, r.content
   from gone g join clinical.resource r on r.type = g.type and r.id = g.id`,
  `delete from clinical.resource r using gone g
   where r.type = g.type and r.id = g.id and g.last_updated < $1`,
  `insert into clinical.resource_history
     (last_updated, superseded_at, version, deleted, type, id, patient_id)
   select $1, 'infinity', g.version + 1, true, g.type, g.id, g.patient_id from gone g`,
  `update clinical.compartment c set valid_to = $1 from gone g
   where c.type = g.type and c.id = g.id and c.valid_to > $1`,
  `update clinical.provenance_target p set valid_to = $1 from gone g
   where g.type = 'Provenance' and p.provenance_id = g.id and p.valid_to > $1`,
];

const FORGET = [
  `delete from clinical.resource_link l using gone g
   where l.source_type = g.type and l.source_id = g.id`,
  `delete from clinical.unresolved_reference u using gone g where u.type = g.type and u.id = g.id`,
];

/** What names a patient who was deleted names nobody from now on. */
const NOTE_LEFT = `
  insert into clinical.unresolved_reference (type, id, kind, patient_id, base)
  select r.type, r.id, 'missing', r.patient_id, ''
  from gone g join clinical.resource r on g.type = 'Patient' and r.patient_id = g.id
  union
  select c.type, c.id, 'missing', c.patient_id, ''
  from gone g
  join clinical.compartment c on g.type = 'Patient' and c.patient_id = g.id and c.valid_to = 'infinity'
  on conflict do nothing`;

/** What a full extract has not got stood on no line: no count of lines has it. */
const COUNT = `
  select d.type, count(g.id)::int as deleted,
         (count(g.id) filter (where d.seq > 0))::int as changed,
         (count(*) filter (where g.id is null))::int as unchanged
  from deletion d left join gone g on g.type = d.type and g.id = d.id
  group by d.type`;

/**
 * Deletes what is staged for deletion, within the caller's transaction: the latest version joins the
 * history, and a tombstone stays. What is not stored is left at that.
 *
 * @returns the number of resources deleted
 * @throws ClockBehindError
 */
export async function applyDeletions(
  client: Client,
  counts: LoadCounts,
  { keepMeta, instant }: MergeTerms,
): Promise<number> {
  await client.query(FIND, [keepMeta]);
  const { rows } = await client.query<{ too_early: boolean }>(IS_TOO_EARLY, [instant]);
  if (rows[0]?.too_early) throw new ClockBehindError();
  for (const statement of DELETE) await client.query(statement, [instant]);
  for (const statement of [...FORGET, NOTE_LEFT]) await client.query(statement);
  return count(client, counts);
}

interface DeletionCounts {
  readonly type: string;
  readonly deleted: number;
  readonly changed: number;
  readonly unchanged: number;
}

async function count(client: Client, counts: LoadCounts): Promise<number> {
  const { rows } = await client.query<DeletionCounts>(COUNT);
  for (const { type, changed, unchanged } of rows) {
    counts.add(type, 'changed', changed);
    counts.add(type, 'unchanged', unchanged);
  }
  return rows.reduce((sum, { deleted }) => sum + deleted, 0);
}
