import type { ClaimedPart } from './persistence/job-record';

/** Every export has a folder of its own below this key, named by the id of its job. */
export const EXPORTS = 'exports';

/** Empty files that show what the storage's clock says, removed at once. */
export const PROBES = 'probes';

/** Everything of a job lies below this key. */
export function jobPrefix(jobId: string): string {
  return `${EXPORTS}/${jobId}`;
}

/** Names of an attempt hold its fencing number: no two attempts ever write to the same file. */
export function attemptPrefix({ jobId, id, fence }: ClaimedPart): string {
  return `${jobPrefix(jobId)}/${id}.${fence}`;
}

/** Of an error file that clients get from the storage itself. What is in it follows from the records. */
export function errorFileKey(jobId: string, ordinal: number): string {
  return `${jobPrefix(jobId)}/errors.${ordinal}.ndjson`;
}

export function isErrorFileKey(key: string): boolean {
  return /^[^/]+\/[^/]+\/errors\.\d+\.ndjson$/.test(key);
}

/** Which attempt at which part has written a file; undefined for what no attempt writes. */
export function attemptOf(
  key: string,
): { readonly partId: string; readonly fence: number } | undefined {
  const [, partId, fence] = /^[^/]+\/[^/]+\/([0-9a-f-]{36})\.(\d+)\./.exec(key) ?? [];
  return partId === undefined ? undefined : { partId, fence: Number(fence) };
}
