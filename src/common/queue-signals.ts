import type { Logger } from '@nestjs/common';

import { failureFields } from './failure-fields';

/** A queue whose jobs are signals: hints that there is work. */
interface SignalQueue {
  readonly name: string;
  on(event: 'error', listener: (error: Error) => void): unknown;
  on(event: 'failed', listener: (job: unknown, error: Error) => void): unknown;
}

/** How long a caller waits for Redis. The record is written already; a later round signals again. */
const SEND_MILLISECONDS = 2000;

/** Without a listener a lost Redis would end the process, and failed work would go unnoticed. */
export function logConnectionErrors(queue: SignalQueue, logger: Logger): void {
  queue.on('error', (error) => {
    logger.warn({ queue: queue.name, ...failureFields(error) }, 'the queue is out of reach');
  });
  queue.on('failed', (_job, error) => {
    logger.warn({ queue: queue.name, ...failureFields(error) }, 'signalled work failed');
  });
}

/**
 * Waits for a signal to be sent, for two seconds at most: an unreachable Redis neither accepts nor
 * refuses. Never fails.
 *
 * @returns whether it was sent in time
 */
export async function sendWithin(
  sending: Promise<unknown>,
  queue: Pick<SignalQueue, 'name'>,
  logger: Logger,
): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const patience = new Promise<boolean>((resolve) => {
    timer = setTimeout(resolve, SEND_MILLISECONDS, false);
  });
  sending.catch(() => undefined);
  try {
    return await Promise.race([sending.then(() => true), patience]);
  } catch (error) {
    logger.warn({ queue: queue.name, ...failureFields(error) }, 'a signal was lost');
    return false;
  } finally {
    clearTimeout(timer);
  }
}
