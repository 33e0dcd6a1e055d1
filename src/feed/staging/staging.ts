import type { Client } from 'pg';
import { from as copyFrom } from 'pg-copy-streams';

import type { LocalReference } from '@app/fhir';

import type { PreparedResource } from '../reading/prepare-resource';
import type { Sessions } from '../with-writer';
import { CopyRows } from './copy-rows';
import { NOTE_TABLES } from './note-unresolved';
import { SIDE_TABLES } from './side-staging';
import { OWN_KEYS } from './staged-keys';

/**
 * Columns of `staged`, in the order in which rows are sent.
 *
 * One table, so that one COPY carries everything about a resource; lists are text, whose items cannot
 * hold the separator. `front` is the beginning of the text up to the last placeholder, `content` the
 * rest; without any, the resource is stored already as it is. Unlogged rather than temporary, so that several sessions can merge from it; what a load that
 * died has left is dropped by the next one.
 */
const STAGED = `
  create unlogged table clinical_load.staged (
    seq bigint not null,
    type text collate "C" not null,
    id text collate "C" not null,
    patient_id text collate "C",
    other_patients text collate "C",
    links text collate "C",
    targets text collate "C",
    identifiers text collate "C",
    unresolved text collate "C",
    place bigint,
    conditions text collate "C",
    digest bytea,
    given_version bigint,
    given_updated timestamptz,
    front text,
    content text
  ) with (toast_tuple_target = 8160, autovacuum_enabled = off)`;

/** What becomes of the rows of the type at hand; `row_id` finds the text again. */
const DECISION = `
  create temporary table if not exists decision (
    row_id tid not null,
    seq bigint not null,
    id text collate "C" not null,
    patient_id text collate "C",
    other_patients text collate "C",
    links text collate "C",
    targets text collate "C",
    digest bytea,
    verdict text not null,
    old_version bigint,
    old_updated timestamptz,
    version bigint,
    last_updated timestamptz not null
  )`;

/** The links that are new in the current transaction, by round of the closure. */
const FRONTIER = `
  create temporary table if not exists frontier (
    round int not null,
    patient_id text collate "C" not null,
    target_type text collate "C" not null,
    target_id text collate "C" not null,
    first_seen timestamptz not null
  )`;

const EDGE = `
  create temporary table if not exists edge (
    source_type text collate "C" not null,
    source_id text collate "C" not null,
    target_type text collate "C" not null,
    target_id text collate "C" not null,
    first_seen timestamptz not null
  )`;

const LOADED_PATIENT = `
  create unlogged table clinical_load.loaded_patient (id text collate "C" not null primary key)`;

/** A row of staging: a prepared resource, or one whose links wait for the end of reading. */
export type StagedRow = { readonly seq: number; readonly place: bigint | undefined } & (
  | { readonly resource: PreparedResource; readonly conditions?: undefined }
  | {
      readonly resource: Pick<PreparedResource, 'type' | 'id' | 'identifiers' | 'content'>;
      readonly conditions: readonly string[];
    }
);

/**
 * Runs an action with the tables of staging: those that all sessions of a writer share, or, of a session
 * that is alone, its own, which it keeps. Needs the writer's lock.
 */
export async function withStaging<T>(
  [client, side]: Sessions,
  action: () => Promise<T>,
): Promise<T> {
  if (!side) {
    await clearOwnStaging(client);
    return action();
  }
  await createStaging(client);
  try {
    return await action();
  } finally {
    // A session that is lost has nothing to clear; the next writer does it.
    await dropStaging(client).catch(() => undefined);
  }
}

async function createStaging(client: Client): Promise<void> {
  await dropStaging(client);
  await client.query('create schema clinical_load');
  await client.query(STAGED);
  // Compressing text that is read back once costs more than it saves.
  await client.query('alter table clinical_load.staged alter column content set storage external');
  for (const table of [LOADED_PATIENT, ...SIDE_TABLES, ...NOTE_TABLES]) await client.query(table);
}

const OWN = new WeakSet<Client>();

/** What a session that is alone has staged before is gone. Tables that are cut anew would be planned anew. */
async function clearOwnStaging(client: Client): Promise<void> {
  if (OWN.has(client)) {
    await client.query(CLEAR_OWN);
    return;
  }
  for (const table of [STAGED, LOADED_PATIENT, ...SIDE_TABLES, ...NOTE_TABLES]) {
    await client.query(table.replace('unlogged table clinical_load.', 'temporary table '));
  }
  await client.query(OWN_KEYS);
  await prepareMerging(client);
  OWN.add(client);
}

const CLEAR_OWN = [
  ...['staged', 'staged_key', 'loaded_patient', 'full_url', 'deletion', 'noted', 'origin'],
  ...['decision', 'frontier', 'edge'],
]
  .map((table) => `delete from ${table}`)
  .join('; ');

/** Makes the tables that a session which merges needs for itself. */
export async function prepareMerging(client: Client): Promise<void> {
  for (const table of [DECISION, FRONTIER, EDGE]) await client.query(table);
}

/** Drops what the load, or one that died before, has staged. */
async function dropStaging(client: Client): Promise<void> {
  await client.query('drop schema if exists clinical_load cascade');
}

/** Opens the stream of rows into staging; nothing else may run on `client` until it is ended. */
export function openStaging(client: Client): CopyRows {
  return new CopyRows(
    client.query(
      copyFrom('copy staged from stdin (format binary)', {
        highWaterMark: 8 * 1024 * 1024,
      }),
    ),
  );
}

/** Adds a row; the caller awaits `rows.flush()` when this says that enough has gathered. */
export function stageRow(rows: CopyRows, { seq, place, resource, conditions }: StagedRow): boolean {
  rows.begin(16);
  rows.bigint(BigInt(seq));
  rows.ascii(resource.type);
  rows.ascii(resource.id);
  const facts = conditions ? undefined : resource;
  rows.ascii(facts?.patients[0]);
  rows.ascii(joined(facts?.patients.slice(1), ' '));
  rows.ascii(joined(facts?.links, ' '));
  rows.ascii(joined(facts?.targets, ' '));
  rows.utf8(joined(resource.identifiers, '\n'));
  rows.utf8(
    joined(
      facts?.unresolved.map(({ kind, base }) => `${kind} ${base}`),
      '\n',
    ),
  );
  rows.bigint(place);
  rows.utf8(joined(conditions, '\n'));
  rows.bytes(facts?.digest);
  rows.bigint(facts?.givenVersion);
  rows.instant(facts?.givenUpdated);
  rows.edited(resource.content.front);
  rows.bytes(resource.content.rest);
  return rows.isFull;
}

/** Adds a row for a resource that is stored already as it is. */
export function stageUnchanged(rows: CopyRows, seq: number, { type, id }: LocalReference): void {
  rows.begin(16);
  rows.bigint(BigInt(seq));
  rows.ascii(type);
  rows.ascii(id);
  rows.nulls(13);
}

function joined(items: readonly string[] | undefined, separator: string): string | undefined {
  return items === undefined || items.length === 0 ? undefined : items.join(separator);
}
