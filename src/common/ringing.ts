import type { Logger } from '@nestjs/common';

import { failureFields } from './failure-fields';

/** A queue whose jobs are bells: hints that there is work. */
interface BellQueue {
  readonly name: string;
  on(event: 'error', listener: (error: Error) => void): unknown;
  on(event: 'failed', listener: (job: unknown, error: Error) => void): unknown;
}

/** How long a caller waits for Redis. The record is written already; a later round rings again. */
const RING_MILLISECONDS = 2000;

/** Without a listener a lost Redis would end the process, and failed work would go unnoticed. */
export function surviveLosses(queue: BellQueue, logger: Logger): void {
  queue.on('error', (error) => {
    logger.warn({ queue: queue.name, ...failureFields(error) }, 'the queue is out of reach');
  });
  queue.on('failed', (_job, error) => {
    logger.warn({ queue: queue.name, ...failureFields(error) }, 'what a bell called for failed');
  });
}

/**
 * Bull gives a promise for as long as it listens. A process that hears no bells is of no use: the failure
 * is left to end it, unless it is closing anyway.
 */
export function endUnheard(listening: Promise<unknown>, closing: AbortSignal): void {
  listening.catch((error: unknown) => {
    if (!closing.aborted) throw error;
  });
}

/**
 * Waits for a bell to be heard, for two seconds at most: an unreachable Redis neither accepts nor
 * refuses. Never fails.
 *
 * @returns whether it was heard in time
 */
export async function isHeard(
  ringing: Promise<unknown>,
  queue: Pick<BellQueue, 'name'>,
  logger: Logger,
): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const patience = new Promise<boolean>((resolve) => {
    timer = setTimeout(resolve, RING_MILLISECONDS, false);
  });
  ringing.catch(() => undefined);
  try {
    return await Promise.race([ringing.then(() => true), patience]);
  } catch (error) {
    logger.warn({ queue: queue.name, ...failureFields(error) }, 'a bell was lost');
    return false;
  } finally {
    clearTimeout(timer);
  }
}
