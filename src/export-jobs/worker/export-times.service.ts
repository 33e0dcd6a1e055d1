import { Inject, Injectable } from '@nestjs/common';

import { TransactionTimes } from '../../clinical-data';
import { type Config, CONFIG } from '../../config';
import { Feeds } from '../../feed';
import type { ClaimedJob } from '../persistence/plan-claims.service';

/** What an export shows: the store at one instant, and the EHR's record up to another. */
export interface ExportTimes {
  readonly transactionTime: string;
  /** Undefined where not every feed has told how far it is. */
  readonly sourceTime: string | undefined;
}

/** Chooses the instants of exports. */
@Injectable()
export class ExportTimeChooser {
  constructor(
    private readonly times: TransactionTimes,
    private readonly feeds: Feeds,
    @Inject(CONFIG) private readonly config: Pick<Config, 'feeds'>,
  ) {}

  /** @throws the reason of `signal` */
  async choose(signal: AbortSignal): Promise<ExportTimes> {
    const transactionTime = await this.times.choose(signal);
    const { sources } = this.config.feeds;
    const watermark =
      sources.length === 0 ? undefined : await this.feeds.watermarkAt(sources, transactionTime);
    return { transactionTime, sourceTime: watermark?.toISOString() };
  }

  /**
   * Whether an export waits for the feeds that bring the EHR's record to pass its kick-off: no longer than
   * SOURCE_WAIT_SECONDS says.
   */
  async isAwaited({ age, kickedOffAt }: Pick<ClaimedJob, 'age' | 'kickedOffAt'>): Promise<boolean> {
    const { sources, sourceWait } = this.config.feeds;
    if (sources.length === 0 || age >= sourceWait) return false;
    const watermark = await this.feeds.watermarkAt(sources, 'infinity');
    return watermark === undefined || watermark < kickedOffAt;
  }
}
