import { promisify } from 'node:util';
import { gzip } from 'node:zlib';

/** A gzip member: some patients' lines of one type, all that they have. */
export interface PackedMember {
  readonly start: number;
  readonly length: number;
  readonly resources: number;
  readonly bytes: number;
  readonly patients: readonly string[];
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

/** Gathers lines, patient by patient, into the members of one segment. */
export class SegmentBuilder {
  private readonly members: PackedMember[] = [];
  private readonly data: Buffer[] = [];
  private start = 0;
  private packedBytes = 0;
  private lines: Buffer[] = [];
  private bytes = 0;
  private patients: string[] = [];

  constructor(private readonly sizes: SegmentSizes) {}

  /** True when the next patient is to begin another segment. */
  get isFull(): boolean {
    return this.packedBytes + this.bytes >= this.sizes.segment;
  }

  /** Adds all lines of one patient. */
  async add(patientId: string, lines: readonly Buffer[]): Promise<void> {
    this.patients.push(patientId);
    this.lines.push(...lines);
    this.bytes += lines.reduce((sum, line) => sum + line.length, 0);
    if (this.bytes >= this.sizes.member) await this.endMember();
  }

  async finish(): Promise<PackedSegment> {
    await this.endMember();
    return { members: this.members, data: Buffer.concat(this.data) };
  }

  private async endMember(): Promise<void> {
    if (this.patients.length === 0) return;
    const data = await promisify(gzip)(Buffer.concat(this.lines), { level: LEVEL });
    this.members.push({
      start: this.start,
      length: data.length,
      resources: this.lines.length,
      bytes: this.bytes,
      patients: this.patients,
    });
    this.data.push(data);
    this.start += data.length;
    this.packedBytes += this.bytes;
    this.lines = [];
    this.bytes = 0;
    this.patients = [];
  }
}
