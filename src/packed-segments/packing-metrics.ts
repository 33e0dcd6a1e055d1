import { Injectable } from '@nestjs/common';
import { Counter, Gauge } from 'prom-client';
import { DataSource } from 'typeorm';

import type { ResourceType } from '@app/fhir';

import { metricOnce } from '../common';
import { packedFigures } from './packed-figures';

const gauge = (name: string, help: string): Gauge<'type'> =>
  metricOnce(name, () => new Gauge({ name, help, labelNames: ['type'] }));

const GAUGES = {
  segments: gauge('bulk_packed_segments', 'Segments of ready-made gzip members.'),
  due: gauge('bulk_packed_segments_due', 'Segments that are to be packed, anew or at all.'),
  bytes: gauge('bulk_packed_bytes', 'NDJSON in packed segments, in bytes.'),
  stored: gauge('bulk_packed_stored_bytes', 'Packed segments as they are stored, in bytes.'),
};

const COPIED = metricOnce(
  'bulk_packed_copied_bytes_total',
  (name) =>
    new Counter({ name, help: 'NDJSON that exports copied from packed segments, in bytes.' }),
);

/** Raw figures of packing, as the last look at each type found them. */
@Injectable()
export class PackingMetrics {
  constructor(private readonly dataSource: DataSource) {}

  copied(bytes: number): void {
    COPIED.inc(bytes);
  }

  /** @returns how many segments of the type are due */
  async measure(type: ResourceType): Promise<number> {
    const [figures] = await packedFigures(this.dataSource, type);
    for (const [name, metric] of Object.entries(GAUGES)) {
      metric.set({ type }, figures?.[name as keyof typeof GAUGES] ?? 0);
    }
    return figures?.due ?? 0;
  }
}
