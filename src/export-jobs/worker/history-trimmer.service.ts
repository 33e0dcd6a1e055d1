import { Inject, Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';

import { ClinicalHistory } from '../../clinical-data';
import { Clock, PeriodicTask, type Step } from '../../common';
import { type Config, CONFIG } from '../../config';
import { releaseHistory } from '../persistence/history-horizon';

/**
 * Kept beyond what is promised: a kick-off that was accepted within the promise has its record long
 * before the horizon comes near.
 */
const GRACE_DAYS = 1;

/**
 * Trims the clinical history to HISTORY_KEPT_DAYS, every hour, in each worker; without that setting it
 * does nothing. Several at a time share the work.
 */
@Injectable()
export class HistoryTrimmer extends PeriodicTask {
  protected readonly milliseconds = 3_600_000;
  protected readonly steps: Readonly<Record<string, Step>> = {
    'trim history': (signal) => this.trim(signal),
  };

  constructor(
    private readonly dataSource: DataSource,
    private readonly history: ClinicalHistory,
    private readonly clock: Clock,
    @Inject(CONFIG) private readonly config: Config,
  ) {
    super();
  }

  /** One round. Public so that tests need not wait for the clock. @returns rows removed */
  async trim(signal = new AbortController().signal): Promise<number> {
    const { keptDays } = this.config.history;
    if (keptDays === undefined || !this.clock.agrees) return 0;
    const horizon = await releaseHistory(this.dataSource, keptDays + GRACE_DAYS);
    const removed = await this.history.trim(horizon, signal);
    this.logger.log({ horizon, removed }, 'history trimmed');
    return removed;
  }
}
