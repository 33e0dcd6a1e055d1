import type { IncomingMessage } from 'node:http';
import { createInterface } from 'node:readline';
import { pipeline, Readable } from 'node:stream';

import { parse } from 'csv-parse';

import { FhirError, limitedChunks } from '../../common';
import { fault, type Json, objectAt, readEntity, readIdentifier } from './read-entry';
import { BY_ID, type RosterEntry } from './roster-entry';

/** Bytes of an upload: ten million identifiers of the usual length. */
const MOST_BYTES = 1024 ** 3;
/** Bytes of one row of CSV; a longer one is a quote that nobody has closed. */
const MOST_BYTES_OF_A_ROW = 8192;

export const CSV = 'text/csv';
export const NDJSON = ['application/fhir+ndjson', 'application/x-ndjson', 'application/ndjson'];

/**
 * The entries of an upload, as they come: rows `system,value` of CSV, with or without that header, the system left
 * empty for the id of a Patient; or lines of Identifiers or References.
 *
 * @throws FhirError 400 that names the line and what is accepted, never a value; 413
 */
export async function* readUpload(
  request: IncomingMessage,
  mediaType: string,
  fhirBase: string,
): AsyncGenerator<RosterEntry, void> {
  const bytes = limitedChunks(request, MOST_BYTES, tooLarge);
  yield* mediaType === CSV ? readRows(bytes, fhirBase) : readLines(bytes, fhirBase);
}

async function* readRows(
  bytes: AsyncIterable<Buffer>,
  fhirBase: string,
): AsyncGenerator<RosterEntry, void> {
  const rows = parse({
    bom: true,
    skip_empty_lines: true,
    trim: true,
    relax_column_count: true,
    max_record_size: MOST_BYTES_OF_A_ROW,
  });
  let line = 0;
  try {
    for await (const row of pipeline(Readable.from(bytes), rows, () => undefined)) {
      line += 1;
      const [system = '', value, ...others] = row as readonly string[];
      if (line === 1 && system === 'system' && value === 'value') continue;
      if (value === undefined || others.length > 0)
        throw fault(`line ${line}`, 'must have two columns, system and value');
      yield entryOf(system, value, { line, fhirBase });
    }
  } catch (error) {
    throw isCsvFault(error) ? fault(`line ${line + 1}`, 'is no CSV') : error;
  }
}

function entryOf(
  system: string,
  value: string,
  { line, fhirBase }: { line: number; fhirBase: string },
): RosterEntry {
  const path = `line ${line}`;
  if (system !== BY_ID) return readIdentifier({ system, value }, path);
  return readEntity(
    { reference: value.includes('/') ? value : `Patient/${value}` },
    { path, fhirBase },
  );
}

async function* readLines(
  bytes: AsyncIterable<Buffer>,
  fhirBase: string,
): AsyncGenerator<RosterEntry, void> {
  let line = 0;
  const input = Readable.from(bytes);
  for await (const text of createInterface({ input, crlfDelay: Infinity })) {
    line += 1;
    if (text.trim() === '') continue;
    const path = `line ${line}`;
    const given = objectAt(parsed(text, path), path);
    const isReference = 'reference' in given || 'identifier' in given;
    yield isReference ? readEntity(given, { path, fhirBase }) : readIdentifier(given, path);
  }
}

function parsed(text: string, path: string): Json {
  try {
    return JSON.parse(text) as Json;
  } catch {
    throw fault(path, 'is no JSON');
  }
}

function isCsvFault(error: unknown): boolean {
  return error instanceof Error && 'code' in error && String(error.code).startsWith('CSV_');
}

function tooLarge(): FhirError {
  return new FhirError(
    `The upload has more than ${MOST_BYTES} bytes. Nothing was changed: send it in parts.`,
    {
      ...{ status: 413, code: 'too-long' },
    },
  );
}
