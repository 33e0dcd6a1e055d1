import {
  Injectable,
  Logger,
  type OnApplicationBootstrap,
  type OnApplicationShutdown,
} from '@nestjs/common';
import { DataSource } from 'typeorm';

import { Bells } from './bells.queue';

const INTERVAL_MILLISECONDS = 2000;
/** Bells rung in one round at most; the next round rings for the rest. */
const BATCH = 200;

/**
 * Rings for every job and part that should be worked on and is not: whose bell was lost, whose
 * worker died, or whose time to be tried again has come. Each worker runs one; a bell too many does
 * no harm.
 */
@Injectable()
export class Reconciler implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly logger = new Logger(Reconciler.name);
  private timer: NodeJS.Timeout | undefined;
  private round: Promise<void> = Promise.resolve();

  constructor(
    private readonly dataSource: DataSource,
    private readonly bells: Bells,
  ) {}

  onApplicationBootstrap(): void {
    this.schedule();
  }

  async onApplicationShutdown(): Promise<void> {
    clearTimeout(this.timer);
    this.timer = undefined;
    await this.round;
  }

  private schedule(): void {
    this.timer = setTimeout(() => {
      this.round = this.reconcile().finally(() => {
        if (this.timer) this.schedule();
      });
    }, INTERVAL_MILLISECONDS);
  }

  private async reconcile(): Promise<void> {
    try {
      for (const { id } of await this.rows(IDLE_JOBS)) await this.bells.ringPlanner(id);
      const parts = await this.rows(IDLE_PARTS);
      if (parts.length > 0) await this.bells.ringParts(parts.map(({ id }) => id));
    } catch (error) {
      const name = error instanceof Error ? error.name : typeof error;
      this.logger.warn({ error: name }, 'a round of the reconciler failed');
    }
  }

  private rows(sql: string): Promise<{ readonly id: string }[]> {
    return this.dataSource.query<{ readonly id: string }[]>(sql, [BATCH]);
  }
}

const IDLE_JOBS = `
  select id from export.job
  where state = 'accepted' and (lease_until is null or lease_until <= now())
     or state = 'planning' and lease_until < now()
  order by created_at limit $1`;

const IDLE_PARTS = `
  select p.id from export.part p
  join export.job j on j.id = p.job_id and j.state = 'running'
  where p.state = 'pending' and p.not_before <= now()
     or p.state = 'running' and p.lease_until < now()
  order by j.created_at limit $1`;
