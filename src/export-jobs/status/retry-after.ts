/**
 * Seconds until the next poll is welcome: about the time that is left, as progress so far suggests,
 * at least 1 and at most `max`. Young jobs are not trusted with long guesses: nobody is sent away for
 * longer than the job has been running.
 *
 * @param age seconds since the kick-off
 * @param progress in percent
 */
export function retryAfter(age: number, progress: number, max: number): number {
  const left = progress > 0 ? (age * (100 - progress)) / progress : age;
  return Math.max(1, Math.min(max, Math.ceil(Math.min(left, age))));
}

/**
 * Seconds until one of the running jobs has probably ended, at least 1 and at most `max`. When none
 * runs, nothing can be said: `max`.
 */
export function untilRoom(
  running: readonly { readonly age: number; readonly progress: number }[],
  max: number,
): number {
  return Math.min(max, ...running.map(({ age, progress }) => retryAfter(age, progress, max)));
}
