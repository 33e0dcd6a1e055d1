import type { Client } from 'pg';

/** Stored resources of a type that are neither staged nor deleted by the input itself. `$1` the type. */
const MISSING = `
  from clinical.resource r
  where r.type = $1
    and not exists (
      select from staged_key k where k.type = $1 and k.id = r.id)
    and not exists (
      select from deletion d where d.type = $1 and d.id = r.id)`;

const COUNT = `
  select (select count(*) from clinical.resource where type = $1)::float8 as stored,
         (select count(distinct id) from staged_key where type = $1)::float8 as input,
         (select count(*) ${MISSING})::float8 as missing`;

/** No line of the input is about them: their number is that of none. */
const STAGE = `insert into deletion (seq, type, id) select 0, r.type, r.id ${MISSING}`;

/** Sizes that compare a full extract of a type with what is stored. */
export interface CompleteCounts {
  readonly stored: number;
  readonly input: number;
  readonly missing: number;
}

export async function countCompleteType(client: Client, type: string): Promise<CompleteCounts> {
  const { rows } = await client.query<CompleteCounts>(COUNT, [type]);
  return rows[0] ?? { stored: 0, input: 0, missing: 0 };
}

/** Stages the deletion of every stored resource of the type that the input has not got. */
export async function stageMissing(client: Client, type: string): Promise<void> {
  await client.query(STAGE, [type]);
}

/** Tells PostgreSQL how many deletions are staged. */
export async function analyzeDeletions(client: Client): Promise<void> {
  await client.query('analyze deletion');
}
