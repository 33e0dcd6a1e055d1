/** npm passes a key press on to a program that has got it from the terminal already. */
const SAME_PRESS_MILLISECONDS = 1000;

/** Thrown, as the reason of the signal, by whatever Ctrl-C (or SIGTERM, SIGHUP) has cut short. */
export class InterruptedError extends Error {
  constructor(readonly signal: NodeJS.Signals) {
    super(`Interrupted by ${signal}.`);
    this.name = 'InterruptedError';
  }
}

/**
 * From now on a signal to end does not end this process but aborts what is returned, so that it can
 * stop what it has started. A second one, a moment later, ends it at once; watchdogs stop the rest.
 */
export function listenForInterruption(): AbortSignal {
  const interruption = new AbortController();
  let first = 0;
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => {
      if (!interruption.signal.aborted) {
        first = Date.now();
        interruption.abort(new InterruptedError(signal));
      } else if (Date.now() - first > SAME_PRESS_MILLISECONDS) {
        process.exit(130);
      }
    });
  }
  return interruption.signal;
}
