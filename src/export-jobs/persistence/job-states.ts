/** States of an export job. */
export const JOB_STATES = [
  'accepted',
  'planning',
  'running',
  'completed',
  'failed',
  'cancelled',
  'expired',
] as const;

export type JobState = (typeof JOB_STATES)[number];

/** States of a part: one type, one range of slots. */
export const PART_STATES = ['pending', 'running', 'completed', 'failed'] as const;

export type PartState = (typeof PART_STATES)[number];

/** What must hold besides the state; each is a condition of the compare-and-set of its event. */
export const GUARDS = {
  due: 'the time to be tried (again) has come',
  room: 'the limits on running jobs leave room',
  'not held': 'no operator holds the export',
  ours: 'the fencing number is that of the claim',
  'lease expired': 'the lease has run out',
  'job running': 'the job of the part is running',
  'no parts': 'there is nothing to export',
  'parts ended': 'every part has ended',
  deliverable: 'a part is whole, or there is a file',
  'nothing deliverable': 'no part is whole, and there is no file',
  'retention over': 'the time that files are kept is over',
  'retention left': 'the time that files are kept is not over',
  'part failed': 'a part has failed',
  'cohort kept': 'the frozen cohort is there still',
  differing: 'the parts of its type do not hold as many resources as were counted',
  unpaged: 'no manifest in pages has told its end',
} as const;

export type Guard = keyof typeof GUARDS;

/** Something that happens: from which states, to which, under which conditions. */
export interface Transition<State> {
  readonly from: readonly State[];
  readonly to: State;
  readonly guards: readonly Guard[];
}

/** An event of the tables below, as `transition` takes it. */
export interface StateEvent<Of extends 'job' | 'part'> extends Transition<JobState | PartState> {
  readonly of: Of;
  readonly name: string;
}

/** Every event in the life of a job. What is not here does not happen. */
export const JOB_EVENTS = eventsOf('job', {
  claim: { from: ['accepted'], to: 'planning', guards: ['due', 'room', 'not held'] },
  heartbeat: { from: ['planning'], to: 'planning', guards: ['ours'] },
  /** The planner has died, or sleeps: another may plan. */
  expireLease: { from: ['planning'], to: 'accepted', guards: ['lease expired'] },
  /** Planning failed, or its process is closing: it is tried again. */
  giveBack: { from: ['planning'], to: 'accepted', guards: ['ours'] },
  plan: { from: ['planning'], to: 'running', guards: ['ours'] },
  completeEmpty: { from: ['planning'], to: 'completed', guards: ['ours', 'no parts'] },
  failPlanning: { from: ['planning'], to: 'failed', guards: ['ours'] },
  complete: { from: ['running'], to: 'completed', guards: ['parts ended', 'deliverable'] },
  fail: { from: ['running'], to: 'failed', guards: ['parts ended', 'nothing deliverable'] },
  /** DELETE, before or after the end. */
  cancel: {
    from: ['accepted', 'planning', 'running', 'completed', 'failed'],
    to: 'cancelled',
    guards: [],
  },
  expire: { from: ['completed', 'failed'], to: 'expired', guards: ['retention over'] },
  /** An operator ends the time of its files. */
  withdraw: { from: ['completed', 'failed'], to: 'expired', guards: [] },
  /** An operator has its failed parts done again. */
  retry: {
    from: ['completed', 'failed'],
    to: 'running',
    guards: ['retention left', 'part failed', 'cohort kept', 'unpaged'],
  },
} as const satisfies Readonly<Record<string, Transition<JobState>>>);

/** Every event in the life of a part. */
export const PART_EVENTS = eventsOf('part', {
  claim: { from: ['pending'], to: 'running', guards: ['due', 'job running', 'not held'] },
  heartbeat: { from: ['running'], to: 'running', guards: ['ours', 'job running'] },
  /** The worker has died, or sleeps: another may have the part. */
  expireLease: { from: ['running'], to: 'pending', guards: ['lease expired'] },
  /** The attempt failed, or its process is closing: it is tried again. */
  giveBack: { from: ['running'], to: 'pending', guards: ['ours'] },
  commit: { from: ['running'], to: 'completed', guards: ['ours', 'job running'] },
  /** No attempt is left: the part stays broken. */
  fail: { from: ['running'], to: 'failed', guards: ['ours', 'job running'] },
  /** All parts have ended, and those of its type do not hold what they must. */
  readAgain: { from: ['completed'], to: 'pending', guards: ['job running', 'differing'] },
  /** With the retry of its job. */
  retry: { from: ['failed'], to: 'pending', guards: ['job running'] },
} as const satisfies Readonly<Record<string, Transition<PartState>>>);

/** Jobs that are being worked on: what the limits on running jobs count. */
export const RUNNING_JOB_STATES = ['planning', 'running'] as const satisfies readonly JobState[];

/** Jobs that have not ended: running ones, and those that wait for room. */
export const ACTIVE_JOB_STATES = [
  'accepted',
  ...RUNNING_JOB_STATES,
] as const satisfies readonly JobState[];

/** Jobs that clients can no longer see. */
export const GONE_JOB_STATES = ['cancelled', 'expired'] as const satisfies readonly JobState[];

/** Parts that have not ended. */
export const OPEN_PART_STATES = ['pending', 'running'] as const satisfies readonly PartState[];

/** `('pending', 'running')`: states as SQL, for `state in …`. They are literals, so that partial indexes serve. */
export function sqlStates(states: readonly (JobState | PartState)[]): string {
  return `(${states.map((state) => `'${state}'`).join(', ')})`;
}

type Events = Readonly<Record<string, Transition<JobState | PartState>>>;

/** Lets each event tell what it happens to, and its own name. */
function eventsOf<const Of extends 'job' | 'part', const E extends Events>(
  of: Of,
  events: E,
): { readonly [Name in keyof E]: E[Name] & { readonly of: Of; readonly name: Name } } {
  const named = Object.entries(events).map(([name, event]) => [name, { ...event, of, name }]);
  return Object.fromEntries(named) as ReturnType<typeof eventsOf<Of, E>>;
}
