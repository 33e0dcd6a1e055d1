import { setTimeout as delay } from 'node:timers/promises';

/**
 * Asks `condition` again and again until it says true.
 *
 * @throws when `milliseconds` have passed; the message names `what`
 */
export async function until(
  what: string,
  condition: () => boolean | Promise<boolean>,
  milliseconds = 20_000,
): Promise<void> {
  const deadline = Date.now() + milliseconds;
  while (!(await condition())) {
    if (Date.now() > deadline) throw new Error(`Waited ${milliseconds} ms in vain: ${what}.`);
    await delay(30);
  }
}
