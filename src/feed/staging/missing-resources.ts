import type { Client } from 'pg';

/** Without a time all is earlier than the extract. */
const IS_LATER = `r.last_updated >= coalesce($2::timestamptz, 'infinity')`;

/** Stored resources of a type that are neither staged nor deleted by the input itself. `$1` the type. */
const ABSENT = `
  from clinical.resource r
  where r.type = $1
    and not exists (
      select from staged_key k where k.type = $1 and k.id = r.id)
    and not exists (
      select from deletion d where d.type = $1 and d.id = r.id)`;

const COUNT = `
  select (select count(*) from clinical.resource where type = $1)::float8 as stored,
         (select count(distinct id) from staged_key where type = $1)::float8 as input,
         a.missing, a.later
  from (select (count(*) filter (where not ${IS_LATER}))::float8 as missing,
               (count(*) filter (where ${IS_LATER}))::float8 as later ${ABSENT}) a`;

/** No line of the input is about them: their number is that of none. */
const STAGE = `
  insert into deletion (seq, type, id) select 0, r.type, r.id ${ABSENT} and not ${IS_LATER}`;

/**
 * What was written or deleted since `$1` is newer than the input. Versions with a time of their own are
 * placed by that time instead.
 */
const DROP_OLD = `
  with dropped as (
    delete from staged_key k
    where not k.is_unchanged and k.given_updated is null
      and (exists (select from clinical.resource r
                   where r.type = k.type and r.id = k.id and r.last_updated >= $1)
           or exists (select from clinical.resource_history h
                      where h.type = k.type and h.id = k.id and h.deleted and h.last_updated >= $1))
    returning k.type
  )
  select type, count(*)::int as count from dropped group by type`;

const DROP_OLD_DELETIONS = `
  delete from deletion d using clinical.resource r
  where r.type = d.type and r.id = d.id and r.last_updated >= $1`;

/** Sizes that compare a full extract of a type with what is stored. */
export interface CompleteCounts {
  readonly stored: number;
  readonly input: number;
  readonly missing: number;
  readonly later: number;
}

/** An extract of one type, and when it was begun. */
export interface Extract {
  readonly type: string;
  readonly asOf: string | undefined;
}

export async function countCompleteType(
  client: Client,
  { type, asOf }: Extract,
): Promise<CompleteCounts> {
  const { rows } = await client.query<CompleteCounts>(COUNT, [type, asOf]);
  return rows[0] ?? { stored: 0, input: 0, missing: 0, later: 0 };
}

/** Stages the deletion of every stored resource of the type that the input has not got. */
export async function stageMissing(client: Client, { type, asOf }: Extract): Promise<void> {
  await client.query(STAGE, [type, asOf]);
}

/**
 * Forgets what the input says of resources that were written or deleted later.
 *
 * @returns the number of such versions by type
 */
export async function dropOlder(
  client: Client,
  asOf: string,
): Promise<readonly { readonly type: string; readonly count: number }[]> {
  await client.query(DROP_OLD_DELETIONS, [asOf]);
  const { rows } = await client.query<{ type: string; count: number }>(DROP_OLD, [asOf]);
  return rows;
}

/** Tells PostgreSQL how many deletions are staged. */
export async function analyzeDeletions(client: Client): Promise<void> {
  await client.query('analyze deletion');
}
