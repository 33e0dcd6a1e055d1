import { promisify } from 'node:util';
import { gzip } from 'node:zlib';

import type { PatientLines } from './patient-lines';

/** A gzip member: some patients' lines of one type, all that they have. */
export interface PackedMember {
  readonly start: number;
  readonly length: number;
  readonly resources: number;
  readonly bytes: number;
  readonly patients: readonly string[];
  /** See PatientLines. */
  readonly ids?: readonly string[] | undefined;
  readonly others?: readonly string[] | undefined;
}

/** Members one after the other, for patients in the order of their ids. */
export interface PackedSegment {
  /** Empty when nothing could be packed. */
  readonly members: readonly PackedMember[];
  readonly data: Buffer;
}

/** How large members and segments are to be, in bytes of NDJSON. */
export interface SegmentSizes {
  readonly member: number;
  readonly segment: number;
  /** What is larger than this is not packed. */
  readonly patient: number;
}

/** Packed in the background, read often: the best ratio for its time. */
const LEVEL = 6;
/** Most members fit; a larger piece would be garbage for each of them. */
const CHUNK_BYTES = 8 << 10;
/** Patients of a member, and members of a segment, should there be next to nothing of a type. */
const PATIENTS = 1000;
const MEMBERS = 32;

/** Gathers lines, patient by patient, into the members of one segment. */
export class SegmentBuilder {
  private readonly members: PackedMember[] = [];
  private readonly data: Buffer[] = [];
  private start = 0;
  private packedBytes = 0;
  private lines: string[] = [];
  private bytes = 0;
  private patients: string[] = [];
  private ids: string[] | undefined;
  private others: string[] | undefined;

  constructor(private readonly sizes: SegmentSizes) {}

  /** True when the next patient is to begin another segment. */
  get isFull(): boolean {
    const bytes = this.packedBytes + this.bytes;
    return bytes >= this.sizes.segment || this.members.length >= MEMBERS;
  }

  /** Adds all lines of one patient. */
  async add({ patientId, lines = [], bytes, ...more }: PatientLines): Promise<void> {
    this.patients.push(patientId);
    for (const line of lines) this.lines.push(line);
    this.bytes += bytes;
    if (more.ids) this.ids = [...(this.ids ?? []), ...more.ids];
    if (more.others) this.others = [...(this.others ?? []), ...more.others];
    const isFull = this.bytes >= this.sizes.member || this.patients.length >= PATIENTS;
    if (isFull) await this.endMember();
  }

  async finish(): Promise<PackedSegment> {
    await this.endMember();
    return { members: this.members, data: Buffer.concat(this.data) };
  }

  private async endMember(): Promise<void> {
    if (this.patients.length === 0) return;
    const data = await packed(this.lines);
    this.members.push({
      start: this.start,
      length: data.length,
      resources: this.lines.length,
      bytes: this.bytes,
      patients: this.patients,
      ids: this.ids,
      others: this.others,
    });
    this.data.push(data);
    this.start += data.length;
    this.packedBytes += this.bytes;
    this.lines = [];
    this.bytes = 0;
    this.patients = [];
    this.ids = this.others = undefined;
  }
}

/** Nothing at all for no lines: that a member's patients have nothing is worth knowing, too. */
async function packed(lines: readonly string[]): Promise<Buffer> {
  if (lines.length === 0) return Buffer.alloc(0);
  const options = { level: LEVEL, chunkSize: CHUNK_BYTES };
  return promisify(gzip)(Buffer.from(`${lines.join('\n')}\n`), options);
}
