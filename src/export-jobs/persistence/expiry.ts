import { type Changes, fromNow, NOW } from './changes';
import type { ExportParameters } from './job-parameters';
import type { JobRecord } from './job-record';
import { GONE_JOB_STATES, type JobState } from './job-states';
import type { JobRow } from './job.entity';

/**
 * What the end of an export sets: its files are kept from then on, for `retention` seconds, or as long as the
 * client of a sandbox has asked.
 */
export function ended(
  { sandbox = {} }: ExportParameters,
  retention: number,
): Changes<Pick<JobRow, 'finishedAt' | 'expiresAt' | 'leaseUntil'>> {
  const { expire, slow = 0 } = sandbox;
  const kept = expire === undefined ? retention : slow + expire;
  return { finishedAt: NOW, expiresAt: fromNow(kept), leaseUntil: null };
}

/** SQL of a row of export.job: its files have been kept for their time. Null while it has not ended. */
export const IS_OVER = 'expires_at <= (select service.timer())';

/**
 * Whether clients see an export: until it is deleted, or its time is over. The sweeper, who withdraws it,
 * may come later.
 */
export function isVisible({ state, untilEnd }: Pick<JobRecord, 'state' | 'untilEnd'>): boolean {
  const isGone = (GONE_JOB_STATES as readonly JobState[]).includes(state);
  return !isGone && (untilEnd === undefined || untilEnd > 0);
}
