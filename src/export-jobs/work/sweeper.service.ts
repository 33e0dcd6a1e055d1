import {
  Inject,
  Injectable,
  Logger,
  type OnApplicationBootstrap,
  type OnApplicationShutdown,
} from '@nestjs/common';
import { DataSource } from 'typeorm';

import { Clock } from '../../common';
import { type Config, CONFIG } from '../../config';
import { FILE_STORAGE, type FileStorage } from '../../storage';
import { JOB_EVENTS, type JobState, sqlStates } from '../record/job-states';
import { jobPrefix } from '../storage-keys';
import { SWEEP_METRICS } from './sweep-metrics';

const INTERVAL_MILLISECONDS = 5000;
const BATCH = 20;

interface FinishedJob {
  readonly id: string;
  readonly state: JobState;
}

/**
 * Removes what is no longer needed: the files of cancelled, failed and expired jobs, and what
 * overtaken attempts left behind in completed ones. Runs in each worker; every step may run twice.
 */
@Injectable()
export class Sweeper implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly logger = new Logger(Sweeper.name);
  private timer: NodeJS.Timeout | undefined;
  private round: Promise<void> = Promise.resolve();

  constructor(
    private readonly dataSource: DataSource,
    private readonly clock: Clock,
    @Inject(FILE_STORAGE) private readonly storage: FileStorage,
    @Inject(CONFIG) private readonly config: Config,
  ) {}

  onApplicationBootstrap(): void {
    this.schedule();
  }

  async onApplicationShutdown(): Promise<void> {
    clearTimeout(this.timer);
    this.timer = undefined;
    await this.round;
  }

  /** One round. Public so that operators' tools and tests need not wait for the clock. */
  async sweep(): Promise<void> {
    await this.expire();
    for (const job of await this.finished()) {
      if (job.state === 'completed') await this.removeLeftovers(job.id);
      else await this.storage.removePrefix(jobPrefix(job.id));
      await this.forget(job);
      SWEEP_METRICS.swept.inc();
    }
    SWEEP_METRICS.lastSuccess.setToCurrentTime();
  }

  private schedule(): void {
    this.timer = setTimeout(() => {
      this.round = this.sweep()
        .catch((error: unknown) => {
          const name = error instanceof Error ? error.name : typeof error;
          this.logger.warn({ error: name }, 'a round of the sweeper failed');
        })
        .finally(() => {
          if (this.timer) this.schedule();
        });
    }, INTERVAL_MILLISECONDS);
  }

  private async expire(): Promise<void> {
    const [, expired] = await this.dataSource.query<[unknown, number]>(
      `update export.job set state = '${JOB_EVENTS.expire.to}', swept_at = null
       where expires_at <= $1 and state in ${sqlStates(JOB_EVENTS.expire.from)}`,
      [this.clock.now()],
    );
    SWEEP_METRICS.expired.inc(expired);
  }

  /** Jobs whose last possible writer has lost its lease, so that nothing is added after the sweep. */
  private finished(): Promise<FinishedJob[]> {
    const settled = new Date(this.clock.now().getTime() - 2000 * this.config.worker.lease);
    return this.dataSource.query<FinishedJob[]>(
      `select id, state from export.job
       where swept_at is null and finished_at is not null and finished_at <= $1
       order by finished_at limit $2`,
      [settled, BATCH],
    );
  }

  private async removeLeftovers(jobId: string): Promise<void> {
    const files = await this.dataSource.query<{ readonly storage_key: string }[]>(
      'select storage_key from export.file where job_id = $1',
      [jobId],
    );
    const kept = new Set(files.map((file) => file.storage_key));
    for (const key of await this.storage.list(jobPrefix(jobId))) {
      if (!kept.has(key)) await this.storage.remove(key);
    }
  }

  /** The job's own row stays, as the record that it was; its cohort and parts go. */
  private async forget({ id, state }: FinishedJob): Promise<void> {
    await this.dataSource.transaction(async (manager) => {
      await manager.query('delete from export.cohort_member where job_id = $1', [id]);
      await manager.query('delete from export.departed_member where job_id = $1', [id]);
      await manager.query('delete from export.cohort_group where job_id = $1', [id]);
      if (state !== 'completed') {
        await manager.query('delete from export.file where job_id = $1', [id]);
      }
      await manager.query('update export.job set swept_at = $2 where id = $1 and state = $3', [
        id,
        this.clock.now(),
        state,
      ]);
    });
  }
}
