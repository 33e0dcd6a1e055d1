import { Inject, Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';

import { RESOURCE_TYPES, type ResourceType } from '@app/fhir';

import { type Config, CONFIG } from '../config';
import { lineForm } from './line-form';
import { PACKING_LOCK, SHARE_LOCK } from './locks.sql';
import { packedTargets } from './packable';
import { openPatientLines } from './patient-lines';
import { openProvenanceLines } from './provenance-lines';
import {
  CLAIM,
  INSERT_MEMBERS,
  INSERT_SEGMENT,
  LEAVE_REST,
  REMOVE_SEGMENT,
  SEEN,
  VALID_FROM,
} from './range-packer.sql';
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
      // Before anything is read: see locks.sql.ts.
      await manager.query(SHARE_LOCK, [PACKING_LOCK]);
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
    const form = lineForm(type, this.config);
    // An earlier snapshot's oldest transaction is on the safe side; the instant must be a later one.
    const [before] = await manager.query<{ seen: string }[]>(SEEN);
    const targets = packedTargets(this.config.resourceTypes);
    const read = { type, segmentId: range.id, form, asOf };
    // Along the indexes: of a range that is cut off after its first patients, no more is read than that.
    for (const way of ['enable_seqscan', 'enable_bitmapscan', 'enable_sort']) {
      await manager.query(`set local ${way} = off`);
    }
    const patients =
      type === 'Provenance'
        ? await openProvenanceLines(manager, { ...read, targets }, this.sizes.patient)
        : await openPatientLines(manager, read, this.sizes.patient);
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
    await manager.query(REMOVE_SEGMENT, [range.id]);
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
