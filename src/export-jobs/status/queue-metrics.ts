import { Injectable } from '@nestjs/common';
import { Gauge, Registry } from 'prom-client';
import { DataSource } from 'typeorm';

import { SharedReading } from '../../common';
import { ACTIVE_JOB_STATES, OPEN_PART_STATES, sqlStates } from '../persistence/job-states';

/** What has not ended, in one look at partial indexes; and how long the oldest has waited to begin. */
const FIGURES = `
  select 'exports' as figure, state, count(*)::float8 as value from export.job
  where state in ${sqlStates(ACTIVE_JOB_STATES)} group by state
  union all
  select 'parts', p.state, count(*) from export.job j join export.part p on p.job_id = j.id
  where j.state = 'running' and p.state in ${sqlStates(OPEN_PART_STATES)} group by p.state
  union all
  select 'oldest', '', coalesce(max(extract(epoch from service.timer() - created_at)), 0)
  from export.job where state = 'accepted'`;

interface Figure {
  readonly figure: 'exports' | 'parts' | 'oldest';
  readonly state: string;
  readonly value: number;
}

/** What waits and runs, as the records have it when the metrics are asked for: the same from every api. */
@Injectable()
export class QueueMetrics {
  private readonly exports: Gauge<'state'>;
  private readonly parts: Gauge<'state'>;
  private readonly oldest: Gauge;
  /** The gauges are asked side by side: each waits for the same look. */
  private readonly look = new SharedReading(() => this.measure());

  constructor(
    private readonly dataSource: DataSource,
    metrics: Registry,
  ) {
    const registers = [metrics];
    const labelNames = ['state'] as const;
    const collect = (): Promise<void> => this.look.get();
    this.parts = new Gauge({
      name: 'bulk_parts',
      help: 'Parts of running exports that have not ended, by state.',
      ...{ labelNames, registers, collect },
    });
    this.oldest = new Gauge({
      name: 'bulk_oldest_waiting_export_seconds',
      help: 'How long the oldest export has waited that has not begun.',
      ...{ registers, collect },
    });
    this.exports = new Gauge({
      name: 'bulk_exports',
      help: 'Exports that have not ended, by state.',
      ...{ labelNames, registers, collect },
    });
  }

  /** Without PostgreSQL these figures are left out, and the others are given. */
  private async measure(): Promise<void> {
    const found = await this.dataSource.query<Figure[]>(FIGURES).catch(() => undefined);
    for (const gauge of [this.exports, this.parts, this.oldest]) gauge.reset();
    for (const state of ACTIVE_JOB_STATES) if (found) this.exports.set({ state }, 0);
    for (const state of OPEN_PART_STATES) if (found) this.parts.set({ state }, 0);
    for (const { figure, state, value } of found ?? []) {
      if (figure === 'oldest') this.oldest.set(value);
      else this[figure].set({ state }, value);
    }
  }
}
