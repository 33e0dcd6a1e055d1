import type { EntityManager } from 'typeorm';

import type { ResourceType } from '@app/fhir';

import { literal, time } from '../database';
import type { LineForm } from './line-form';

/** What is read at a time; with the limit of a line it bounds memory. */
const ROWS = 32;
/** Larger lines are not packed: they compress little, and copying them row by row costs little. */
export const LINE_BYTES = 256 << 10;

/** All lines of a patient, or undefined when they cannot be packed. */
export interface PatientLines {
  readonly patientId: string;
  /** Without line feeds: as PostgreSQL's client gives them, to be made bytes of once, many at a time. */
  readonly lines: readonly string[] | undefined;
  /** Of the lines and their line feeds, in UTF-8. */
  readonly bytes: number;
  /** Of Provenance, whose lines are these, and what else the patient's resources lead to. */
  readonly ids?: readonly string[];
  readonly others?: readonly string[];
}

/** A range of patients that is read. */
export interface RangeRead {
  readonly type: ResourceType;
  readonly segmentId: string;
  readonly form: LineForm;
  readonly asOf: string;
}

interface Row {
  readonly patient_id: string;
  /** Null when the line is too long, or no line at all. */
  readonly line: string | null;
}

/**
 * The lines of a range of patients as they are in one snapshot, which is taken when this is called. The
 * ids of the range stay in the database: statements are logged in places.
 *
 * @param maxBytes a patient with more is not packed
 */
export async function openPatientLines(
  manager: EntityManager,
  { type, segmentId, form, asOf }: RangeRead,
  maxBytes: number,
): Promise<AsyncIterable<PatientLines>> {
  await manager.query(`
    declare packing_lines no scroll cursor for
    select v.patient_id,
           case when octet_length(v.content) between 1 and ${LINE_BYTES} then ${form.sql} end as line
    from clinical.resource v
    where v.type = ${literal(type)} and v.last_updated <= ${time(asOf)}
      and v.patient_id >= ${rangeBound(segmentId, 'patient_from')}
      and v.patient_id < coalesce(${rangeBound(segmentId, 'patient_to')}, chr(1114111))
    order by v.patient_id`);
  return byPatient(rowsOf<Row>(manager), maxBytes);
}

/** SQL of where a range begins or ends. */
export function rangeBound(segmentId: string, column: 'patient_from' | 'patient_to'): string {
  return `(select s.${column} from clinical.packed_segment s where s.id = ${literal(segmentId)}::bigint)`;
}

/** What the cursor `packing_lines` gives. */
export async function* rowsOf<T>(manager: EntityManager): AsyncGenerator<T> {
  for (;;) {
    const rows = await manager.query<T[]>(`fetch ${ROWS} from packing_lines`);
    yield* rows;
    if (rows.length < ROWS) break;
  }
  await manager.query('close packing_lines');
}

async function* byPatient(
  rows: AsyncIterable<Row>,
  maxBytes: number,
): AsyncGenerator<PatientLines> {
  let patientId: string | undefined;
  let lines: string[] | undefined = [];
  let bytes = 0;
  for await (const row of rows) {
    if (row.patient_id !== patientId) {
      if (patientId !== undefined) yield { patientId, lines, bytes };
      patientId = row.patient_id;
      lines = [];
      bytes = 0;
    }
    bytes += row.line === null ? 0 : lineBytes(row.line);
    if (row.line !== null && bytes <= maxBytes) lines?.push(row.line);
    else lines = undefined;
  }
  if (patientId !== undefined) yield { patientId, lines, bytes };
}

/** Of a line and its line feed, in UTF-8. */
export function lineBytes(line: string): number {
  return Buffer.byteLength(line) + 1;
}
