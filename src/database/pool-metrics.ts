import { Injectable } from '@nestjs/common';
import { Gauge, Registry } from 'prom-client';
import { DataSource } from 'typeorm';

import { poolsOf } from './guarded-data-source';

/** What this process has of connections to PostgreSQL, and who waits for one. */
@Injectable()
export class PoolMetrics {
  constructor(dataSource: DataSource, metrics: Registry) {
    const pools = Object.entries(poolsOf(dataSource));
    const registers = [metrics];
    new Gauge({
      name: 'bulk_database_connections',
      help: 'Connections to PostgreSQL by pool: in use, idle, and the most that there may be.',
      labelNames: ['pool', 'state'],
      registers,
      collect() {
        for (const [pool, { totalCount, idleCount, options }] of pools) {
          this.set({ pool, state: 'used' }, totalCount - idleCount);
          this.set({ pool, state: 'idle' }, idleCount);
          this.set({ pool, state: 'most' }, options.max);
        }
      },
    });
    new Gauge({
      name: 'bulk_database_waiting_requests',
      help: 'Who waits for a connection to PostgreSQL, by pool.',
      ...{ labelNames: ['pool'] as const, registers },
      collect() {
        for (const [pool, { waitingCount }] of pools) this.set({ pool }, waitingCount);
      },
    });
  }
}
