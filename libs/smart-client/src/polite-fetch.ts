import { setTimeout as delay } from 'node:timers/promises';

import { readRetryAfter } from './export-state';

/** How far a server's wish to wait is obeyed in place; times in seconds. */
export interface Patience {
  /** Of one request, with those that were answered 429 or 503. */
  readonly attempts: number;
  /** What is waited before one further attempt; who is told to wait longer gives up. */
  readonly longestWait: number;
  /** What no request is made before, however long a server wants to be left alone. */
  readonly longestRest: number;
}

const PATIENCE: Patience = { attempts: 5, longestWait: 60, longestRest: 3600 };

/**
 * A fetch that obeys 429 and 503: it waits for as long as Retry-After says, or longer and longer when
 * nothing is said, and asks again. In the end such an answer is handed on; further requests wait until
 * the server wants to be asked again.
 */
export class PoliteFetch {
  /** Ends requests and pauses, of whatever is under way. */
  signal: AbortSignal | undefined;
  /** By `performance.now()`. */
  private notBefore = 0;

  constructor(
    private readonly patience: Patience = PATIENCE,
    private readonly pause: (milliseconds: number, signal?: AbortSignal) => Promise<void> = wait,
  ) {}

  readonly fetch = async (url: string, init: RequestInit = {}): Promise<Response> => {
    const signals = [this.signal, init.signal].filter((one) => one instanceof AbortSignal);
    const signal = AbortSignal.any(signals);
    for (let attempt = 1; ; attempt += 1) {
      await this.rest(signal);
      const response = await fetch(url, { ...init, signal });
      if (response.status !== 429 && response.status !== 503) return response;
      const seconds = secondsTold(response) ?? 2 ** (attempt - 1);
      this.notBefore = performance.now() + Math.min(seconds, this.patience.longestRest) * 1000;
      if (attempt >= this.patience.attempts || seconds > this.patience.longestWait) return response;
      await response.body?.cancel();
    }
  };

  private async rest(signal: AbortSignal): Promise<void> {
    const milliseconds = this.notBefore - performance.now();
    if (milliseconds > 0) await this.pause(milliseconds, signal);
  }
}

function secondsTold({ headers }: Response): number | undefined {
  const value = headers.get('retry-after');
  return value === null ? undefined : readRetryAfter(value, Date.now());
}

async function wait(milliseconds: number, signal?: AbortSignal): Promise<void> {
  await delay(milliseconds, undefined, signal && { signal });
}
