import type { EntityManager } from 'typeorm';

import { type AuditAction, recordAll } from '../../audit';
import type { JobState, StateEvent } from './job-states';
import type { JobRow } from './job.entity';

/** States that no request asked for when they came; the request that deletes an export is audited itself. */
const ACTIONS: Readonly<Partial<Record<string, AuditAction>>> = {
  completed: 'export.completed',
  failed: 'export.failed',
  expired: 'export.expired',
} satisfies Partial<Record<JobState, AuditAction>>;

/** A job whose state has changed just now. */
export type ChangedJob = Pick<JobRow, 'id' | 'appId'> & {
  readonly groupId: string | null;
  readonly failure: JobRow['failure'] | null;
};

export function isAudited({ of, to }: StateEvent<'job' | 'part'>): boolean {
  return of === 'job' && ACTIONS[to] !== undefined;
}

/** Adds to the audit record what has become of exports, in the transaction that made it so. */
export async function recordChange(
  { to }: StateEvent<'job' | 'part'>,
  jobs: readonly ChangedJob[],
  manager: EntityManager,
): Promise<void> {
  const action = ACTIONS[to];
  if (!action || jobs.length === 0) return;
  const outcome = to === 'failed' ? 'failed' : 'success';
  const events = jobs.map(({ id, appId, groupId, failure }) => {
    const detail = to === 'failed' && failure ? { code: failure.code } : undefined;
    return { action, outcome, appId, jobId: id, groupId: groupId ?? undefined, detail } as const;
  });
  await recordAll(events, manager);
}
