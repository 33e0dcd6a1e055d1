import { Injectable } from '@nestjs/common';
import { Counter, Gauge, register } from 'prom-client';
import { DataSource } from 'typeorm';

import type { ResourceType } from '@app/fhir';

import { packedFigures } from './packed-figures';

/** prom-client refuses a name twice, and tests start the service more than once in a process. */
function once<T>(name: string, make: (name: string) => T): T {
  return (register.getSingleMetric(name) as T | undefined) ?? make(name);
}

const gauge = (name: string, help: string): Gauge<'type'> =>
  once(name, () => new Gauge({ name, help, labelNames: ['type'] }));

const GAUGES = {
  segments: gauge('bulk_packed_segments', 'Segments of ready-made gzip members.'),
  due: gauge('bulk_packed_segments_due', 'Segments that are to be packed, anew or at all.'),
  bytes: gauge('bulk_packed_bytes', 'NDJSON in packed segments, in bytes.'),
  stored: gauge('bulk_packed_stored_bytes', 'Packed segments as they are stored, in bytes.'),
};

const COPIED = once(
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
