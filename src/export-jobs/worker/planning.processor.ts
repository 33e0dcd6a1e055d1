import { Process, Processor } from '@nestjs/bull';

import { PLANNED_PER_APP, Planner } from './planner.service';
import { PLANNING_QUEUE } from './queues';
import { SignalledWork } from './signalled-work';
import { WorkSignal } from './work-signal.queue';

/** Plans the jobs that are due, with a slot more than one app may hold (see Slots). */
@Processor(PLANNING_QUEUE)
export class PlanningProcessor {
  constructor(
    private readonly work: SignalledWork,
    private readonly planner: Planner,
    private readonly signals: WorkSignal,
  ) {}

  @Process({ concurrency: PLANNED_PER_APP + 1 })
  plan(): Promise<void> {
    return this.work.repeat(
      async (closing) => {
        const planned = await this.planner.planNext(closing);
        if (planned) await this.signals.signalWorkers(planned.claims);
        return planned !== undefined;
      },
      () => this.signals.signalPlanner(),
    );
  }
}
