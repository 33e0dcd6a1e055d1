import { Process, Processor } from '@nestjs/bull';
import type { Type } from '@nestjs/common';

import type { Config } from '../../config';
import { PartExtractor } from './part-extractor.service';
import { PARTS_QUEUE } from './queues';
import { SignalledWork } from './signalled-work';
import { WorkSignal } from './work-signal.queue';

/**
 * Extracts the parts that are due, as many at once as the configuration says, with a slot more than one
 * app may hold (see Slots). The class is made with the configuration because a decorator takes values only.
 */
export function partsProcessor({ worker }: Config): Type {
  @Processor(PARTS_QUEUE)
  class PartsProcessor {
    constructor(
      private readonly work: SignalledWork,
      private readonly extractor: PartExtractor,
      private readonly signals: WorkSignal,
    ) {}

    @Process({ concurrency: worker.concurrency + 1 })
    extract(): Promise<void> {
      return this.work.repeat(
        async (closing) => {
          const done = await this.extractor.extractNext(closing);
          // There is room for another job.
          if (done?.jobEnded) await this.signals.signalPlanner();
          return done !== undefined;
        },
        () => this.signals.signalWorkers(1),
      );
    }
  }
  return PartsProcessor;
}
