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
