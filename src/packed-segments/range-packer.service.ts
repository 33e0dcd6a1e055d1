import { Inject, Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';

import { RESOURCE_TYPES, type ResourceType } from '@app/fhir';

import { type Config, CONFIG } from '../config';
import { lineForm } from './line-form';
import { PACKING_LOCK } from './locks';
import { openPatientLines } from './patient-lines';
import { openProvenanceLines } from './provenance-lines';
import { type PackedSegment, SegmentBuilder, type SegmentSizes } from './segment-builder';

/** Members of a segment: few enough to copy a segment at once, enough for small groups to profit. */
const MEMBERS_IN_SEGMENT = 32;
const PATIENT_BYTES = 8 << 20;
/** What one transaction packs, roughly: of a larger range the rest becomes a range of its own. */
const SEGMENTS_AT_ONCE = 8;

/** What all segments of one packing have in common. */
interface Packing {
  readonly type: ResourceType;
  readonly form: string;
  readonly asOf: string;
  readonly validFrom: string;
  readonly seen: string;
}

interface Range {
  readonly id: string;
  readonly patient_from: string;
  readonly patient_to: string | null;
}

/** Packs one range of patients of a type: all of it, or nothing. */
@Injectable()
export class RangePacker {
  private readonly sizes: SegmentSizes;

  constructor(
    private readonly dataSource: DataSource,
    @Inject(CONFIG) private readonly config: Config,
  ) {
    const { memberBytes } = config.packing;
    this.sizes = {
      member: memberBytes,
      segment: memberBytes * MEMBERS_IN_SEGMENT,
      patient: PATIENT_BYTES,
    };
  }

  /**
   * Takes a range that is due and in nobody's hands, packs what is in the store up to `asOf`, and puts
   * the new segments into the place of the old one, in one transaction: whoever dies leaves nothing
   * behind, and readers see the old or the new. What a range holds beyond some megabytes is left due.
   *
   * @param asOf an instant up to which every version is visible
   * @returns false when nothing of the type is due
   */
  packNext(type: ResourceType, asOf: string): Promise<boolean> {
    return this.dataSource.transaction(async (manager) => {
      // Before anything is read: see locks.ts.
      await manager.query('select pg_advisory_xact_lock_shared($1)', [PACKING_LOCK]);
      const [range] = await manager.query<Range[]>(CLAIM, [type]);
      if (!range) return false;
      await this.pack(manager, range, { type, asOf });
      return true;
    });
  }

  private async pack(
    manager: EntityManager,
    range: Range,
    { type, asOf }: { type: ResourceType; asOf: string },
  ): Promise<void> {
    const form = lineForm(type, this.config.http.fhirBase);
    // An earlier snapshot's oldest transaction is on the safe side; the instant must be a later one.
    const [before] = await manager.query<{ seen: string }[]>(SEEN);
    const read = { type, segmentId: range.id, form, asOf };
    // Along the indexes: of a range that is cut off after its first patients, no more is read than that.
    for (const way of ['enable_seqscan', 'enable_bitmapscan', 'enable_sort']) {
      await manager.query(`set local ${way} = off`);
    }
    const open = type === 'Provenance' ? openProvenanceLines : openPatientLines;
    const patients = await open(manager, read, this.sizes.patient);
    // What leads to Provenance is of any type.
    const types = type === 'Provenance' ? RESOURCE_TYPES : [type];
    const [after] = await manager.query<{ from: string }[]>(VALID_FROM, [types, asOf]);
    const packing = {
      type,
      form: form.key,
      asOf,
      validFrom: after?.from ?? '',
      seen: before?.seen ?? '',
    };
    await manager.query('delete from clinical.packed_segment where id = $1', [range.id]);
    let builder = new SegmentBuilder(this.sizes);
    let from = range.patient_from;
    let done = 0;
    for await (const patient of patients) {
      if (!patient.lines) continue;
      if (builder.isFull) {
        done++;
        await this.insert(
          manager,
          packing,
          { from, to: patient.patientId },
          await builder.finish(),
        );
        builder = new SegmentBuilder(this.sizes);
        from = patient.patientId;
        if (done >= SEGMENTS_AT_ONCE) {
          await manager.query(LEAVE_REST, [type, from, range.patient_to]);
          return;
        }
      }
      await builder.add(patient);
    }
    await this.insert(manager, packing, { from, to: range.patient_to }, await builder.finish());
  }

  private async insert(
    manager: EntityManager,
    packing: Packing,
    { from, to }: { from: string; to: string | null },
    { members, data }: PackedSegment,
  ): Promise<void> {
    const patients = members.flatMap((member) => member.patients);
    const sum = (of: 'resources' | 'bytes'): number =>
      members.reduce((total, member) => total + member[of], 0);
    const [segment] = await manager.query<{ id: string }[]>(INSERT_SEGMENT, [
      packing.type,
      from,
      to,
      packing.form,
      packing.asOf,
      packing.validFrom,
      packing.seen,
      patients.length,
      sum('resources'),
      sum('bytes'),
      patients.at(0) ?? null,
      patients.at(-1) ?? null,
      data.length === 0 ? null : data,
    ]);
    await manager.query(INSERT_MEMBERS, [segment?.id, JSON.stringify(members)]);
  }
}

const CLAIM = `
  select id, patient_from, patient_to from clinical.packed_segment
  where type = $1 and due
  order by built_at nulls first limit 1
  for update skip locked`;

const LEAVE_REST =
  'insert into clinical.packed_segment (type, patient_from, patient_to) values ($1, $2, $3)';

const SEEN = 'select pg_snapshot_xmin(pg_current_snapshot())::text as seen';
/**
 * Exports of instants before what the packing has seen can have no use for it: what it has seen superseded is
 * in no member. Writers may be ahead of the clock: see `clinical.write_instant()`.
 */
const VALID_FROM = `
  select greatest(clock_timestamp(), $2::timestamptz, (
    select max(v.valid_to) from clinical.version v
    where v.type = any($1) and not v.deleted and v.valid_to > now() and v.valid_to < 'infinity'
  ), (
    select max(v.last_updated) from clinical.resource v where v.type = any($1) and v.last_updated > now()
  ))::text as from`;

const INSERT_SEGMENT = `
  insert into clinical.packed_segment
    (type, patient_from, patient_to, due, built_at, form, as_of, valid_from, seen, patients, resources,
     bytes, first_patient, last_patient, data)
  values ($1, $2, $3, false, service.timer(), $4, $5, $6, $7::text::xid8, $8, $9, $10, $11, $12, $13)
  returning id`;

const INSERT_MEMBERS = `
  insert into clinical.packed_member (segment_id, start, length, resources, bytes, patients, ids, others)
  select $1::bigint, m.start, m.length, m.resources, m.bytes,
         array(select jsonb_array_elements_text(m.patients)),
         case when m.ids is not null then array(select jsonb_array_elements_text(m.ids)) end,
         case when m.others is not null then array(select jsonb_array_elements_text(m.others)) end
  from jsonb_to_recordset($2::jsonb)
    as m (start integer, length integer, resources integer, bytes integer, patients jsonb,
          ids jsonb, others jsonb)`;
