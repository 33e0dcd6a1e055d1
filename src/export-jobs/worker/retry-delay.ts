const MAX_SECONDS = 60;

/** Seconds to wait after the `attempt`-th failure: 1, 2, 4 … up to a minute. */
export function retryDelay(attempt: number): number {
  return Math.min(MAX_SECONDS, 2 ** (attempt - 1));
}
