/** How long interrupted work may take to clean up after itself. */
const GRACE_MILLISECONDS = 500;

/**
 * What `work` comes to. Once `signal` is aborted it has a moment left to end in order; then its worker
 * goes on without it, for a storage or a database that hangs must not hold a worker for ever. What such
 * work still leaves behind, the sweeper finds.
 *
 * @throws what `work` throws, or the reason of `signal`
 */
export async function abandonAfterAbort<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  let begin = (): void => undefined;
  const interrupted = new Promise<never>((_resolve, reject) => {
    begin = () => {
      timer = setTimeout(() => {
        reject(signal.reason as Error);
      }, GRACE_MILLISECONDS);
    };
    if (signal.aborted) begin();
    else signal.addEventListener('abort', begin, { once: true });
  });
  work.catch(() => undefined);
  try {
    return await Promise.race([work, interrupted]);
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', begin);
  }
}
