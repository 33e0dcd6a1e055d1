import { setTimeout as delay } from 'node:timers/promises';

import { failIfOneCrashed } from './own-process';

/**
 * Asks again and again until the answer is neither undefined nor false.
 *
 * @throws Error naming `what` when that does not happen within `seconds`; at once when a process of this
 * test's has crashed
 */
export async function until<T>(
  what: string,
  ask: () => Promise<T | undefined | false> | T | undefined | false,
  seconds = 45,
): Promise<T> {
  const deadline = Date.now() + seconds * 1000;
  for (;;) {
    const answer = await ask();
    if (answer !== undefined && answer !== false) return answer;
    failIfOneCrashed();
    if (Date.now() > deadline) throw new Error(`Waited ${seconds} s in vain: ${what}`);
    await delay(25);
  }
}
