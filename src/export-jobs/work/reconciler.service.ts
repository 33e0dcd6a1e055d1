import {
  Inject,
  Injectable,
  Logger,
  type OnApplicationBootstrap,
  type OnApplicationShutdown,
} from '@nestjs/common';

import { Rounds } from '../../common';
import { type Config, CONFIG } from '../../config';
import { PartClaims } from '../record/part-claims.service';
import { PlanClaims } from '../record/plan-claims.service';
import { Bells, MAX_BELLS } from './bells.queue';

const INTERVAL_MILLISECONDS = 2000;

/**
 * Frees what dead workers hold, and rings while anything should be worked on and is not: its bell was
 * lost, its worker died, or its time to be tried again has come. Each worker runs one; a bell too many
 * does no harm.
 */
@Injectable()
export class Reconciler implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly logger = new Logger(Reconciler.name);
  private readonly rounds = new Rounds(() => this.reconcile(), {
    milliseconds: INTERVAL_MILLISECONDS,
    logger: this.logger,
    failure: 'a round of the reconciler failed',
  });

  constructor(
    private readonly plans: PlanClaims,
    private readonly parts: PartClaims,
    private readonly bells: Bells,
    @Inject(CONFIG) private readonly config: Config,
  ) {}

  onApplicationBootstrap(): void {
    this.rounds.start();
  }

  onApplicationShutdown(): Promise<void> {
    return this.rounds.stop();
  }

  private async reconcile(): Promise<void> {
    const freed = [await this.plans.lapse(), await this.parts.lapse()];
    if (freed.some((count) => count > 0)) {
      this.logger.warn({ jobs: freed[0], parts: freed[1] }, 'leases ran out');
    }
    if (await this.plans.due(this.config.limits)) await this.bells.ringPlanner();
    const parts = await this.parts.due(MAX_BELLS);
    if (parts > 0) await this.bells.ringWorkers(parts);
  }
}
