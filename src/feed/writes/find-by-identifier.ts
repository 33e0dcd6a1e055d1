import type { Client } from 'pg';

import { FhirError } from '../../common';
import { literal, setUnlogged } from '../../database';
import { readIdentifiers } from '../reading/resource-identifiers';

/** Ids of the stored resources that have an identifier, by `Type system|value`. */
export type Found = ReadonlyMap<string, readonly string[]>;

export type FindByIdentifier = (keys: readonly string[]) => Promise<Found>;

/** Meanwhile nobody else writes. */
const PATIENCE_MS = 5000;
const BATCH_ROWS = 200;

/** The setting that holds what is looked for: PostgreSQL must not log it. */
const WANTED = 'bulk_data.wanted';
const wanted = `jsonb_array_elements_text(current_setting('${WANTED}')::jsonb) as wanted (key)`;

/** Types that have an index of hashes of their identifiers. */
export const INDEXED = ['Patient', 'Practitioner', 'PractitionerRole', 'Organization', 'Location'];

/** Hash 0 stands for a text that PostgreSQL could not read. */
const BY_INDEX = `clinical.identifier_hashes(r.content) && (
  select array_agg(clinical.identifier_hash(wanted.key)) || 0::bigint from ${wanted})`;

/** A text that spells anything with escapes may spell the value so. */
const BY_TEXT = `r.content like '%"identifier"%' and (strpos(r.content, '\\') > 0
  or exists (
    select from ${wanted} where strpos(r.content, substr(wanted.key, strpos(wanted.key, '|') + 1)) > 0))`;

/**
 * Looks up the stored resources of the types that are asked for: by an index, or else by looking through
 * all of the type. What is found is read by JSON.parse, for PostgreSQL refuses escapes that FHIR may hold.
 *
 * @param keys `Type system|value`
 * @throws FhirError 422 when there are too many resources to look through
 */
export async function findByIdentifier(client: Client, keys: readonly string[]): Promise<Found> {
  const found = new Map<string, string[]>(keys.map((key) => [key, []]));
  const deadline = performance.now() + PATIENCE_MS;
  for (const [type, identifiers] of byType(found.keys())) {
    await client.query(`begin read only; set local statement_timeout = ${PATIENCE_MS}`);
    try {
      const value = JSON.stringify(identifiers);
      await setUnlogged(client, { name: WANTED, value, extent: 'transaction' });
      await lookUp(client, type, { found, deadline });
    } catch (error) {
      throw isTimeout(error) ? tooCostly(type) : error;
    } finally {
      await client.query('rollback').catch(() => undefined);
    }
  }
  return found;
}

function byType(keys: Iterable<string>): ReadonlyMap<string, readonly string[]> {
  const types = new Map<string, string[]>();
  for (const key of keys) {
    const space = key.indexOf(' ');
    const type = key.slice(0, space);
    const identifiers = types.get(type) ?? [];
    identifiers.push(key.slice(space + 1));
    types.set(type, identifiers);
  }
  return types;
}

async function lookUp(
  client: Client,
  type: string,
  { found, deadline }: { readonly found: Map<string, string[]>; readonly deadline: number },
): Promise<void> {
  const condition = INDEXED.includes(type) ? BY_INDEX : BY_TEXT;
  await client.query(`
    declare found no scroll cursor for
    select r.type, r.id, r.content from clinical.resource r
    where r.type = ${literal(type)} and ${condition}`);
  for (;;) {
    const { rows } = await client.query<Candidate>(`fetch ${BATCH_ROWS} from found`);
    if (rows.length === 0) return;
    for (const row of rows) note(row, found);
    if (performance.now() > deadline) throw tooCostly(type);
  }
}

interface Candidate {
  readonly type: string;
  readonly id: string;
  readonly content: string;
}

function note({ type, id, content }: Candidate, found: ReadonlyMap<string, string[]>): void {
  for (const identifier of new Set(readIdentifiers(JSON.parse(content)))) {
    found.get(`${type} ${identifier}`)?.push(id);
  }
}

function isTimeout(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === '57014';
}

function tooCostly(type: string): FhirError {
  return new FhirError(
    `There are too many resources of type ${type} to look for one by identifier. Refer to it by its id.`,
    { status: 422, code: 'too-costly' },
  );
}
