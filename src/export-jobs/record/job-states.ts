/** States of an export job. */
const JOB_STATES = [
  'accepted',
  'planning',
  'running',
  'completed',
  'failed',
  'cancelled',
  'expired',
] as const;

export type JobState = (typeof JOB_STATES)[number];

/** Every transition there is. One that is not here does not happen. */
const JOB_TRANSITIONS = {
  accepted: ['planning', 'cancelled'],
  // To itself: a planner that died is replaced. To accepted: planning is tried again later.
  planning: ['planning', 'accepted', 'running', 'completed', 'failed', 'cancelled'],
  running: ['completed', 'failed', 'cancelled'],
  completed: ['cancelled', 'expired'],
  failed: ['cancelled', 'expired'],
  cancelled: [],
  expired: [],
} as const satisfies Readonly<Record<JobState, readonly JobState[]>>;

/** States of a part: one type, one range of slots. */
const PART_STATES = ['pending', 'running', 'completed', 'failed'] as const;

export type PartState = (typeof PART_STATES)[number];

const PART_TRANSITIONS = {
  pending: ['running'],
  // To itself: a worker whose lease ran out is replaced. To pending: given back, or tried again later.
  running: ['running', 'pending', 'completed', 'failed'],
  completed: [],
  failed: [],
} as const satisfies Readonly<Record<PartState, readonly PartState[]>>;

/** The states from which a part may go to `to`. */
export function partStatesBefore(to: PartState): readonly PartState[] {
  return PART_STATES.filter((from) =>
    (PART_TRANSITIONS[from] as readonly PartState[]).includes(to),
  );
}

/** The states from which a job may go to `to`: what a compare-and-set expects. */
export function jobStatesBefore(to: JobState): readonly JobState[] {
  return JOB_STATES.filter((from) => (JOB_TRANSITIONS[from] as readonly JobState[]).includes(to));
}
