import type { Readable } from 'node:stream';

import { Injectable, Logger, type OnModuleDestroy } from '@nestjs/common';

import { failureFields } from '../../common';
import { JobRecords } from '../persistence/job-records.service';

/** How often the records are asked, so that a download ends within two seconds of DELETE. */
const INTERVAL_MILLISECONDS = 700;

/**
 * Breaks downloads off whose export is deleted meanwhile, by whichever process: as long as one goes on, the
 * bytes of the file are still there. Downloads of exports that expire may end.
 */
@Injectable()
export class RunningDownloads implements OnModuleDestroy {
  private readonly logger = new Logger(RunningDownloads.name);
  private readonly jobs = new Map<Readable, string>();
  private timer: NodeJS.Timeout | undefined;
  private looking = false;

  constructor(private readonly records: JobRecords) {}

  onModuleDestroy(): void {
    clearInterval(this.timer);
  }

  /** Destroys `stream` when the job is deleted before it has ended. */
  watch(jobId: string, stream: Readable): void {
    if (stream.destroyed) return;
    this.jobs.set(stream, jobId);
    stream.once('close', () => {
      this.jobs.delete(stream);
      if (this.jobs.size > 0) return;
      clearInterval(this.timer);
      this.timer = undefined;
    });
    this.timer ??= setInterval(() => {
      void this.look();
    }, INTERVAL_MILLISECONDS);
  }

  private async look(): Promise<void> {
    if (this.looking) return;
    this.looking = true;
    try {
      const kept = await this.records.kept([...new Set(this.jobs.values())]);
      for (const [stream, jobId] of this.jobs) {
        if (!kept.has(jobId)) stream.destroy(new Error('The export was deleted.'));
      }
    } catch (error) {
      // The next look decides.
      this.logger.warn(
        { jobs: this.jobs.size, ...failureFields(error) },
        'a look at downloads failed',
      );
    } finally {
      this.looking = false;
    }
  }
}
