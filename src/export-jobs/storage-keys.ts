import type { ClaimedPart } from './record/job-record';

/** Everything of a job lies below this key. */
export function jobPrefix(jobId: string): string {
  return `exports/${jobId}`;
}

/** Names of an attempt hold its fencing number: no two attempts ever write to the same file. */
export function attemptPrefix({ jobId, id, fence }: ClaimedPart): string {
  return `${jobPrefix(jobId)}/${id}.${fence}`;
}
