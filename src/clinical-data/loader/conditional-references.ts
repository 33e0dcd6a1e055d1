import type { Client } from 'pg';

import { conditionalKey } from './conditional-key';
import { rewriteReferences } from './link-rewrite';
import { prepareResource, type PrepareOptions } from './prepare-resource';
import { readIdentifiers } from './resource-identifiers';
import { openStaging, stageRow } from './staging';

const BATCH_ROWS = 200;

interface PendingRow {
  readonly seq: string;
  readonly content: string;
}

/**
 * Resolves the conditional references of staged Bundle entries: those that name exactly one resource
 * of this load and the store together become `Type/id`; the others stay as they are.
 *
 * Costs a pass over the stored resources of each type that is referred to in this way.
 *
 * @returns the number of references that stay
 */
export async function resolveConditionalReferences(
  client: Client,
  options: PrepareOptions,
): Promise<number> {
  const types = await collectWanted(client);
  await collectStagedCandidates(client);
  await collectStoredCandidates(client, types);
  await client.query(`
    create temporary table resolved as
    select key, min(id) as id from candidate group by key having count(distinct id) = 1`);
  const unresolved = await rewritePending(client, options);
  await client.query('delete from clinical_load.staged where conditions is not null');
  await client.query('drop table wanted, candidate, resolved');
  return unresolved;
}

async function collectWanted(client: Client): Promise<readonly string[]> {
  await client.query(`
    create temporary table wanted as
    select distinct key collate "C" as key
    from clinical_load.staged cross join lateral string_to_table(conditions, E'\\n') as key
    where conditions is not null`);
  await client.query(
    'create temporary table candidate (key text collate "C", id text collate "C")',
  );
  const { rows } = await client.query<{ type: string }>(
    "select distinct split_part(key, ' ', 1) as type from wanted",
  );
  return rows.map(({ type }) => type);
}

async function collectStagedCandidates(client: Client): Promise<void> {
  await client.query(`
    insert into candidate
    select w.key, s.id
    from clinical_load.staged s
    cross join lateral string_to_table(s.identifiers, E'\\n') as identifier
    join wanted w on w.key = s.type || ' ' || identifier
    where s.identifiers is not null`);
}

/** Read by JSON.parse, not jsonb: PostgreSQL refuses escapes that FHIR text may hold. */
async function collectStoredCandidates(client: Client, types: readonly string[]): Promise<void> {
  await client.query('begin');
  await client.query(
    `declare stored no scroll cursor for
     select type, id, content from clinical.resource where type = any($1) and content like '%"identifier"%'`,
    [types],
  );
  for (;;) {
    const { rows } = await client.query<{ type: string; id: string; content: string }>(
      `fetch ${BATCH_ROWS} from stored`,
    );
    if (rows.length === 0) break;
    const candidates = rows.flatMap(({ type, id, content }) =>
      readIdentifiers(JSON.parse(content)).map((identifier) => [`${type} ${identifier}`, id]),
    );
    await client.query(
      `insert into candidate select c.key, c.id from unnest($1::text[], $2::text[]) as c (key, id)
       where exists (select from wanted w where w.key = c.key)`,
      [candidates.map(([key]) => key), candidates.map(([, id]) => id)],
    );
  }
  await client.query('commit');
}

async function rewritePending(client: Client, options: PrepareOptions): Promise<number> {
  let unresolved = 0;
  let last = '0';
  for (;;) {
    const { rows } = await client.query<PendingRow>(
      `select seq, content from clinical_load.staged where conditions is not null and seq > $1
       order by seq limit ${BATCH_ROWS}`,
      [last],
    );
    const final = rows.at(-1);
    if (!final) return unresolved;
    last = final.seq;
    unresolved += await stageResolved(client, rows, options);
  }
}

async function stageResolved(
  client: Client,
  rows: readonly PendingRow[],
  options: PrepareOptions,
): Promise<number> {
  const seqs = rows.map(({ seq }) => seq);
  const { rows: found } = await client.query<{ key: string; id: string }>(
    `select distinct r.key, r.id
     from clinical_load.staged s cross join lateral string_to_table(s.conditions, E'\\n') as k (key)
     join resolved r on r.key = k.key
     where s.seq = any($1::bigint[])`,
    [seqs],
  );
  const resolved = new Map(
    found.map(({ key, id }) => [key, `${key.split(' ', 1)[0] ?? ''}/${id}`]),
  );
  const copy = openStaging(client);
  let unresolved = 0;
  for (const { seq, content } of rows) {
    const text = rewriteReferences(Buffer.from(content, 'utf8'), (reference) => {
      const key = conditionalKey(reference);
      const target = key === undefined ? undefined : resolved.get(key);
      if (key !== undefined && target === undefined) unresolved += 1;
      return target;
    });
    stageRow(copy, { seq: Number(seq), resource: prepareResource(text, options) });
    await copy.flush();
  }
  await copy.end();
  return unresolved;
}
