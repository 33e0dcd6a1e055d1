import type { Client } from 'pg';

import { prepareResource, type PrepareOptions } from '../reading/prepare-resource';
import { readIdentifiers } from '../reading/resource-identifiers';
import { settleWaiting } from '../reading/waiting-links';
import { openStaging, stageRow } from './staging';

const BATCH_ROWS = 200;

interface PendingRow {
  readonly seq: string;
  readonly place: string | null;
  readonly content: string;
}

export interface WaitingOptions extends PrepareOptions {
  /** True for rows that were entries of Bundles. */
  readonly isEntry: (sequence: number) => boolean;
}

/**
 * Resolves what waited for the end of reading: references of Bundle entries by search, which become
 * `Type/id` where exactly one resource of this load and the store together is meant; and links by the
 * fullUrl of an entry of some Bundle of the load. The others stay as they are.
 *
 * Costs a pass over the stored resources of each type that is searched for in this way.
 *
 * @returns the number of references by urn or by search that stay
 */
export async function resolveWaiting(client: Client, options: WaitingOptions): Promise<number> {
  const types = await collectWanted(client);
  await collectStagedCandidates(client);
  await collectStoredCandidates(client, types);
  await client.query(`
    insert into candidate
    select w.key, f.target from wanted w join full_url f on w.key = 'url ' || f.url`);
  await client.query(`
    create temporary table resolved as
    select key, min(target) as target from candidate group by key having count(distinct target) = 1`);
  const unresolved = await rewritePending(client, options);
  await client.query('delete from staged where conditions is not null');
  await client.query('drop table wanted, candidate, resolved');
  return unresolved;
}

async function collectWanted(client: Client): Promise<readonly string[]> {
  await client.query(`
    create temporary table wanted as
    select distinct key collate "C" as key
    from staged cross join lateral string_to_table(conditions, E'\\n') as key
    where conditions is not null`);
  await client.query(
    'create temporary table candidate (key text collate "C", target text collate "C")',
  );
  const { rows } = await client.query<{ type: string }>(
    "select distinct split_part(key, ' ', 1) as type from wanted where key not like 'url %'",
  );
  return rows.map(({ type }) => type);
}

async function collectStagedCandidates(client: Client): Promise<void> {
  await client.query(`
    insert into candidate
    select w.key, s.type || '/' || s.id
    from staged s
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
      readIdentifiers(JSON.parse(content)).map((identifier) => [
        `${type} ${identifier}`,
        `${type}/${id}`,
      ]),
    );
    await client.query(
      `insert into candidate select c.key, c.target from unnest($1::text[], $2::text[]) as c (key, target)
       where exists (select from wanted w where w.key = c.key)`,
      [candidates.map(([key]) => key), candidates.map(([, target]) => target)],
    );
  }
  await client.query('commit');
}

async function rewritePending(client: Client, options: WaitingOptions): Promise<number> {
  let unresolved = 0;
  let last = '0';
  for (;;) {
    const { rows } = await client.query<PendingRow>(
      `select seq, place, content from staged where conditions is not null and seq > $1
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
  options: WaitingOptions,
): Promise<number> {
  const found = await findTargets(client, rows);
  const copy = openStaging(client);
  let unresolved = 0;
  for (const { seq, place, content } of rows) {
    const patience = {
      isEntry: options.isEntry(Number(seq)),
      hasOthers: true,
      bases: options.bases,
    };
    const targets = found.get(seq) ?? new Map<string, string>();
    const { text, dangling } = settleWaiting(Buffer.from(content, 'utf8'), patience, targets);
    unresolved += dangling;
    stageRow(copy, {
      seq: Number(seq),
      place: place === null ? undefined : BigInt(place),
      resource: prepareResource(text, options),
    });
    await copy.flush();
  }
  await copy.end();
  return unresolved;
}

/** Of each row, where its keys lead. */
async function findTargets(
  client: Client,
  rows: readonly PendingRow[],
): Promise<ReadonlyMap<string, Map<string, string>>> {
  const { rows: found } = await client.query<{ seq: string; key: string; target: string }>(
    `select s.seq, r.key, r.target
     from staged s cross join lateral string_to_table(s.conditions, E'\\n') as k (key)
     join resolved r on r.key = k.key
     where s.seq = any($1::bigint[])`,
    [rows.map(({ seq }) => seq)],
  );
  const targets = new Map<string, Map<string, string>>();
  for (const { seq, key, target } of found) {
    targets.set(seq, (targets.get(seq) ?? new Map<string, string>()).set(key, target));
  }
  return targets;
}
