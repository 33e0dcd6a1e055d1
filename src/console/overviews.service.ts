import { Injectable } from '@nestjs/common';
import { type MetricObjectWithValues, type MetricValue, Registry } from 'prom-client';

import { Clock } from '../common';
import {
  Activity,
  ACTIVE_JOB_STATES,
  type BusyWorker,
  type ExportSummary,
  ShownExports,
} from '../export-jobs';
import { Feeds } from '../feed';

/** Open exports in an overview; lists have the others. */
const MOST = 50;

export interface FeedState {
  readonly name: string;
  readonly lastBatchAt: Date;
  readonly lagSeconds: number;
}

/** The service at a glance. Undefined figures could not be had. */
export interface Overview {
  readonly at: Date;
  readonly exports: readonly ExportSummary[];
  readonly waiting: number | undefined;
  readonly running: number | undefined;
  readonly oldestWaitingSeconds: number | undefined;
  readonly workers: readonly BusyWorker[];
  readonly storedBytes: number | undefined;
  readonly diskFreeBytes: number | undefined;
  readonly feeds: readonly FeedState[];
}

type Figure = (name: string, label?: string) => Promise<number | undefined>;

/** Tells how the service is doing, with the figures that its metrics have. */
@Injectable()
export class Overviews {
  constructor(
    private readonly shown: ShownExports,
    private readonly activity: Activity,
    private readonly feeds: Feeds,
    private readonly metrics: Registry,
    private readonly clock: Clock,
  ) {}

  /** @throws what PostgreSQL says */
  async take(): Promise<Overview> {
    const [{ exports }, workers, feeds, figures] = await Promise.all([
      this.shown.list({ states: ACTIVE_JOB_STATES, count: MOST }),
      this.activity.workers(),
      this.feedStates(),
      this.figures(),
    ]);
    return { at: this.clock.now(), exports, workers, feeds, ...figures };
  }

  private async figures(): Promise<Omit<Overview, 'at' | 'exports' | 'workers' | 'feeds'>> {
    const figure: Figure = (name, label) => this.figure(name, label);
    return {
      waiting: await figure('bulk_exports', 'accepted'),
      running: sum(
        await figure('bulk_exports', 'planning'),
        await figure('bulk_exports', 'running'),
      ),
      oldestWaitingSeconds: await figure('bulk_oldest_waiting_export_seconds'),
      storedBytes: await figure('bulk_stored_bytes'),
      diskFreeBytes: await figure('bulk_storage_disk_bytes', 'free'),
    };
  }

  private async figure(name: string, label?: string): Promise<number | undefined> {
    // Typed without its values, which every metric gives.
    const metric = this.metrics.getSingleMetric(name) as Gettable | undefined;
    const values = (await metric?.get())?.values ?? [];
    return values.find(({ labels }) => label === undefined || Object.values(labels).includes(label))
      ?.value;
  }

  private async feedStates(): Promise<readonly FeedState[]> {
    const now = this.clock.now().getTime();
    return (await this.feeds.list()).map(({ name, lastBatchAt }) => ({
      name,
      lastBatchAt,
      lagSeconds: Math.max(0, Math.round((now - lastBatchAt.getTime()) / 1000)),
    }));
  }
}

interface Gettable {
  get(): Promise<MetricObjectWithValues<MetricValue<string>>>;
}

function sum(one: number | undefined, other: number | undefined): number | undefined {
  return one === undefined || other === undefined ? undefined : one + other;
}
