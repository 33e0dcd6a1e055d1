import {
  Inject,
  Injectable,
  Logger,
  type OnApplicationBootstrap,
  type OnApplicationShutdown,
} from '@nestjs/common';
import { DataSource } from 'typeorm';

import { Clock, Rounds } from '../../common';
import { type Config, CONFIG } from '../../config';
import { Extraction } from '../../extractors';
import { raiseHorizon } from '../record/history-horizon';
import { ClosingError } from './attempt.errors';

const INTERVAL_MILLISECONDS = 3_600_000;
const DAY_MILLISECONDS = 86_400_000;
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
export class HistoryTrimmer implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly logger = new Logger(HistoryTrimmer.name);
  private readonly closing = new AbortController();
  private readonly rounds = new Rounds(() => this.trimUnlessClosing(), {
    milliseconds: INTERVAL_MILLISECONDS,
    logger: this.logger,
    failure: 'trimming the history failed',
  });

  constructor(
    private readonly dataSource: DataSource,
    private readonly extraction: Extraction,
    private readonly clock: Clock,
    @Inject(CONFIG) private readonly config: Config,
  ) {}

  onApplicationBootstrap(): void {
    if (this.config.history.keptDays !== undefined) this.rounds.start();
  }

  async onApplicationShutdown(): Promise<void> {
    this.closing.abort(new ClosingError());
    await this.rounds.stop();
  }

  /** One round. Public so that tests need not wait for the clock. @returns rows removed */
  async trim(): Promise<number> {
    const { keptDays } = this.config.history;
    if (keptDays === undefined) return 0;
    const days = keptDays + GRACE_DAYS;
    const wanted = new Date(this.clock.now().getTime() - days * DAY_MILLISECONDS);
    const horizon = await raiseHorizon(this.dataSource, wanted);
    const removed = await this.extraction.trimHistory(horizon, this.closing.signal);
    this.logger.log({ horizon, removed }, 'history trimmed');
    return removed;
  }
  private async trimUnlessClosing(): Promise<void> {
    try {
      await this.trim();
    } catch (error) {
      if (!this.closing.signal.aborted) throw error;
    }
  }
}
