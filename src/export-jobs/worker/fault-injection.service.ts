import { setTimeout as delay } from 'node:timers/promises';

import { Inject, Injectable } from '@nestjs/common';

import { type Config, CONFIG, type FaultKind } from '../../config';
import type { ClaimedPart } from '../persistence/job-record';

/** How long a part that is rehearsed as slow waits before it reads. */
const SLOW_MILLISECONDS = 10_000;

/** A failure that the operator asked for, or the client of a sandbox. */
export class RehearsedFaultError extends Error {
  constructor(
    kind: FaultKind,
    /** Each attempt meets it. */
    readonly lasts = false,
  ) {
    super(`A failure of the ${kind} is rehearsed.`);
    this.name = 'RehearsedFaultError';
  }
}

/** Makes parts fail as FAULTS or a sandbox’s client says. Production configurations have neither. */
@Injectable()
export class FaultInjection {
  constructor(@Inject(CONFIG) private readonly config: Config) {}

  /** Comes before reading. @throws RehearsedFaultError, or the reason of `signal` */
  async beforeReading(part: ClaimedPart, signal: AbortSignal): Promise<void> {
    if (this.applies('slow', part)) await delay(SLOW_MILLISECONDS, undefined, { signal });
    if (part.parameters.sandbox?.fail === part.type) throw new RehearsedFaultError('source', true);
    if (this.applies('source', part)) throw new RehearsedFaultError('source');
  }

  /** Comes before a file is begun. @throws RehearsedFaultError */
  beforeWriting(part: ClaimedPart): void {
    if (this.applies('storage', part)) throw new RehearsedFaultError('storage');
  }

  private applies(kind: FaultKind, { type, attempts }: ClaimedPart): boolean {
    return this.config.worker.faults.some(
      (fault) => fault.kind === kind && fault.type === type && attempts <= fault.attempts,
    );
  }
}
