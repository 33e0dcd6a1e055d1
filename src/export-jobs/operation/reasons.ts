import type { JobState, PartState } from '../persistence/job-states';
import type { PartStep } from '../persistence/part.entity';

/** What the reason follows from of an export that has not begun. */
export interface WaitingExport {
  readonly state: JobState;
  readonly held: boolean;
  readonly appRunning: number;
  readonly appLimit: number;
  readonly allRunning: number;
  readonly allLimit: number;
}

/** What the reason follows from of a part that has not ended. */
export interface OpenPart {
  readonly state: PartState;
  readonly attempts: number;
  /** Its time to be tried again has not come. */
  readonly later: boolean;
  readonly notBefore: Date;
  readonly lastError: string | null;
  readonly step: PartStep | null;
  readonly stepAt: Date | null;
}

/** What an export waits for; undefined when it waits for nothing. */
export function reasonOfExport(job: WaitingExport): string | undefined {
  const isOpen = job.state === 'accepted' || job.state === 'planning' || job.state === 'running';
  if (job.held && isOpen) return 'held by an operator';
  if (job.state === 'planning') return 'being planned';
  if (job.state !== 'accepted') return undefined;
  if (job.appRunning >= job.appLimit) {
    return `waiting for the app's other exports: ${job.appRunning} of ${job.appLimit} run`;
  }
  if (job.allRunning >= job.allLimit) {
    return `waiting for other apps' exports: ${job.allRunning} of ${job.allLimit} run`;
  }
  return 'waiting for a planner';
}

/** What a part waits for, or does; undefined when it has ended. @param held by an operator, with its export */
export function reasonOfPart(part: OpenPart, held: boolean): string | undefined {
  if (part.state === 'running') return reasonOfRunning(part);
  if (part.state !== 'pending') return undefined;
  if (held) return 'held by an operator';
  if (!part.later) return 'waiting for a slot of a worker';
  const failed = part.lastError === null ? '' : ` after ${part.lastError}`;
  return `retry at ${part.notBefore.toISOString()}${failed}`;
}

function reasonOfRunning({ step, stepAt }: OpenPart): string {
  const since = stepAt ? ` since ${stepAt.toISOString()}` : '';
  switch (step) {
    case null:
      return 'begun';
    case 'connection':
      return `waiting for a connection${since}`;
    case 'replica':
      return `waiting for a replica${since}`;
    case 'statement':
      return `statement running${since}`;
  }
}
