import type { EntityManager } from 'typeorm';

import type { ResourceType } from '@app/fhir';

import { literal, time } from '../database';
import {
  LINE_BYTES,
  lineBytes,
  type PatientLines,
  rangeBound,
  type RangeRead,
  rowsOf,
} from './patient-lines';

interface Row {
  readonly patient_id: string;
  /** Null for a patient without Provenance. */
  readonly id: string | null;
  /** Null when it cannot be packed. */
  readonly line: string | null;
}

interface ProvenanceRead extends RangeRead {
  /** The types by which a Provenance is about a patient. */
  readonly targets: readonly ResourceType[];
}

/**
 * As openPatientLines, for Provenance: what each patient's resources lead to. A line is given of a
 * Provenance that is about this patient alone, by a resource in the own compartment; the ids of all
 * others are told.
 */
export async function openProvenanceLines(
  manager: EntityManager,
  { segmentId, asOf, targets }: ProvenanceRead,
  maxBytes: number,
): Promise<AsyncIterable<PatientLines>> {
  await manager.query(`
    declare packing_lines no scroll cursor for
    select p.id as patient_id, r.id,
           case when r.alone and octet_length(r.content) between 1 and ${LINE_BYTES} then r.content end as line
    from clinical.resource p
    left join lateral (
      select led.id, v.content,
             v.last_updated <= ${time(asOf)} and led.owned and not exists (${OF_SOMEBODY_ELSE}) as alone
      from (${ledTo(targets)}) led
      left join clinical.resource v on v.type = 'Provenance' and v.id = led.id
    ) r on true
    where p.type = 'Patient' and p.id >= ${rangeBound(segmentId, 'patient_from')}
      and p.id < coalesce(${rangeBound(segmentId, 'patient_to')}, chr(1114111))
    order by p.id`);
  return byPatient(rowsOf<Row>(manager), maxBytes);
}

const ledTo = (targets: readonly ResourceType[]): string => `
  select t.provenance_id as id, bool_or(o.owned and t.target_type in (${targets.map(literal).join(', ')})) as owned
  from (
    select o.type, o.id, true as owned from clinical.resource o where o.patient_id = p.id
    union all
    select c.type, c.id, false from clinical.compartment c
    where c.patient_id = p.id and c.valid_to = 'infinity'
  ) o
  join clinical.provenance_target t
    on t.target_type = o.type and t.target_id = o.id and t.valid_to = 'infinity'
  group by t.provenance_id`;

const OF_SOMEBODY_ELSE = `
  select from clinical.provenance_target t
  cross join lateral (
    select from clinical.resource o
    where o.type = t.target_type and o.id = t.target_id and o.patient_id <> p.id
    union all
    select from clinical.compartment c
    where c.type = t.target_type and c.id = t.target_id and c.valid_to = 'infinity'
      and c.patient_id <> p.id
  ) other
  where t.provenance_id = led.id and t.valid_to = 'infinity'`;

async function* byPatient(
  rows: AsyncIterable<Row>,
  maxBytes: number,
): AsyncGenerator<PatientLines> {
  let patient: Gathered | undefined;
  for await (const { patient_id: patientId, id, line } of rows) {
    if (patient?.patientId !== patientId) {
      if (patient) yield patient;
      patient = { patientId, lines: [], ids: [], others: [], bytes: 0 };
    }
    if (id === null) continue;
    const bytes = line === null ? Infinity : patient.bytes + lineBytes(line);
    if (line !== null && bytes <= maxBytes) {
      patient.lines.push(line);
      patient.ids.push(id);
      patient.bytes = bytes;
    } else {
      patient.others.push(id);
    }
  }
  if (patient) yield patient;
}

interface Gathered {
  readonly patientId: string;
  readonly lines: string[];
  readonly ids: string[];
  readonly others: string[];
  bytes: number;
}
