import { Injectable } from '@nestjs/common';
import { Counter, Gauge, Registry } from 'prom-client';
import { DataSource } from 'typeorm';

import type { ResourceType } from '@app/fhir';

import { packedFigures } from './packed-figures';

const GAUGES = {
  segments: ['bulk_packed_segments', 'Segments of ready-made gzip members.'],
  due: ['bulk_packed_segments_due', 'Segments that are to be packed, anew or at all.'],
  bytes: ['bulk_packed_bytes', 'NDJSON in packed segments, in bytes.'],
  stored: ['bulk_packed_stored_bytes', 'Packed segments as they are stored, in bytes.'],
} as const;
const NAMES = Object.keys(GAUGES) as (keyof typeof GAUGES)[];

/** Raw figures of packing, as the last look at each type found them. */
@Injectable()
export class PackingMetrics {
  private readonly bytesCopied: Counter;
  private readonly gauges: ReadonlyMap<keyof typeof GAUGES, Gauge<'type'>>;

  constructor(
    private readonly dataSource: DataSource,
    metrics: Registry,
  ) {
    const registers = [metrics];
    this.gauges = new Map(
      NAMES.map((figure) => {
        const [name, help] = GAUGES[figure];
        return [figure, new Gauge({ name, help, labelNames: ['type'], registers })];
      }),
    );
    this.bytesCopied = new Counter({
      name: 'bulk_packed_copied_bytes_total',
      help: 'NDJSON that exports copied from packed segments, in bytes.',
      registers,
    });
  }

  copied(bytes: number): void {
    this.bytesCopied.inc(bytes);
  }

  /** @returns how many segments of the type are due */
  async measure(type: ResourceType): Promise<number> {
    const [figures] = await packedFigures(this.dataSource, type);
    for (const [figure, gauge] of this.gauges) gauge.set({ type }, figures?.[figure] ?? 0);
    return figures?.due ?? 0;
  }
}
