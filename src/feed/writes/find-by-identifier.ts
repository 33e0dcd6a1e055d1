import type { Client } from 'pg';

import { FhirError } from '../../common';
import { setUnlogged } from '../../database';
import { readIdentifiers } from '../reading/resource-identifiers';

/** Ids of the stored resources that have an identifier, by `Type system|value`. */
export type Found = ReadonlyMap<string, readonly string[]>;

export type FindByIdentifier = (keys: readonly string[]) => Promise<Found>;

/** Meanwhile nobody else writes. */
const PATIENCE_MS = 5000;
const BATCH_ROWS = 200;

/** The setting that holds the values that are looked for: PostgreSQL must not log them. */
const WANTED = 'bulk_data.wanted';

/** A text that spells anything with escapes may spell the value so. */
const CANDIDATES = `
  declare found no scroll cursor for
  select r.type, r.id, r.content
  from clinical.resource r
  where r.type = any($1) and r.content like '%"identifier"%'
    and (strpos(r.content, '\\') > 0
      or exists (
        select from jsonb_array_elements_text(current_setting('${WANTED}')::jsonb) as asked (value)
        where strpos(r.content, asked.value) > 0))`;

/**
 * Looks through the stored resources of the types that are asked for. Read by JSON.parse, for
 * PostgreSQL refuses escapes that FHIR text may hold.
 *
 * @param keys `Type system|value`
 * @throws FhirError 422 when there are too many resources to look through
 */
export async function findByIdentifier(client: Client, keys: readonly string[]): Promise<Found> {
  const found = new Map<string, string[]>(keys.map((key) => [key, []]));
  if (found.size === 0) return found;
  const types = [...found.keys()].map((key) => key.slice(0, key.indexOf(' ')));
  const values = [...found.keys()].map((key) => key.slice(key.indexOf('|') + 1));
  const deadline = performance.now() + PATIENCE_MS;
  await client.query(`begin read only; set local statement_timeout = ${PATIENCE_MS}`);
  try {
    const value = JSON.stringify([...new Set(values)]);
    await setUnlogged(client, { name: WANTED, value, extent: 'transaction' });
    await client.query(CANDIDATES, [[...new Set(types)]]);
    for (;;) {
      if (performance.now() > deadline) throw tooCostly();
      const { rows } = await client.query<Candidate>(`fetch ${BATCH_ROWS} from found`);
      if (rows.length === 0) return found;
      for (const row of rows) note(row, found);
    }
  } catch (error) {
    throw isTimeout(error) ? tooCostly() : error;
  } finally {
    await client.query('rollback').catch(() => undefined);
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

function tooCostly(): FhirError {
  return new FhirError(
    'The resources of a type that is searched by identifier are too many to be looked through. Refer to them by their ids.',
    { status: 422, code: 'too-costly' },
  );
}
