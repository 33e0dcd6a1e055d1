import { Inject, Injectable } from '@nestjs/common';

import { PeriodicTask, type Step } from '../../common';
import { type Config, CONFIG } from '../../config';
import { PartClaims } from '../persistence/part-claims.service';
import { PlanClaims } from '../persistence/plan-claims.service';
import { togetherBytes } from './small-parts';
import { MAX_SIGNALS, WorkSignal } from './work-signal.queue';

/**
 * Frees what dead workers hold, and signals while anything should be worked on and is not: its signal was
 * lost, its worker died, or its time to be tried again has come. Each worker runs one; a signal too many
 * does no harm.
 */
@Injectable()
export class Reconciler extends PeriodicTask {
  protected readonly milliseconds = 2000;
  protected readonly steps: Readonly<Record<string, Step>> = {
    'free plans': async () => {
      this.tell({ jobs: await this.plans.expireLeases() });
    },
    'free parts': async () => {
      this.tell({ parts: await this.parts.expireLeases() });
    },
    'signal the planner': () => this.signalPlanner(),
    'signal the workers': () => this.signalWorkers(),
  };

  constructor(
    private readonly plans: PlanClaims,
    private readonly parts: PartClaims,
    private readonly signals: WorkSignal,
    @Inject(CONFIG) private readonly config: Config,
  ) {
    super();
  }

  private tell(freed: Readonly<Record<string, number>>): void {
    const any = Object.values(freed).some((count) => count > 0);
    if (any) this.logger.warn(freed, 'leases ran out');
  }

  private async signalPlanner(): Promise<void> {
    if (await this.plans.due(this.config.limits)) await this.signals.signalPlanner();
  }

  private async signalWorkers(): Promise<void> {
    const claims = await this.parts.due(MAX_SIGNALS, togetherBytes(this.config));
    if (claims > 0) await this.signals.signalWorkers(claims);
  }
}
