import fs from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';

/** A process may take as long as it likes while its log grows, and this long without. */
const SILENCE_MILLISECONDS = 120_000;
const POLL_MILLISECONDS = 50;

/** A process that somebody waits for. */
export interface AwaitedProcess {
  /** For people, as in `the api`. */
  readonly name: string;
  /** False once it has ended. */
  readonly isRunning: () => boolean;
  /** File with what it prints. */
  readonly log: string;
}

/**
 * Waits until a process that was started is ready, however long that takes, while it lives and its log
 * grows.
 *
 * @throws at once when it ends before, else when it has been silent for too long; with the end of its log
 */
export async function untilReady(
  { name, isRunning, log }: AwaitedProcess,
  isReady: () => boolean | Promise<boolean>,
  silenceMilliseconds = SILENCE_MILLISECONDS,
): Promise<void> {
  let heard = { bytes: -1, at: performance.now() };
  for (;;) {
    // Asked first: what is ready may be another program, at the port of one that has ended.
    if (!isRunning()) throw new Error(`${name} ended before it was ready.\n${lastLines(log)}`);
    if (await isReady()) return;
    const bytes = fs.statSync(log, { throwIfNoEntry: false })?.size ?? 0;
    if (bytes !== heard.bytes) heard = { bytes, at: performance.now() };
    if (performance.now() - heard.at > silenceMilliseconds) {
      throw new Error(
        `${name} is not ready, and has said nothing for ${silenceMilliseconds / 1000} s.\n${lastLines(log)}`,
      );
    }
    await delay(POLL_MILLISECONDS);
  }
}

/** The end of a log, with its name, for an error message. */
export function lastLines(log: string, count = 15): string {
  if (!fs.existsSync(log)) return `(There is no log ${log}.)`;
  const lines = fs.readFileSync(log, 'utf8').trimEnd().split('\n').slice(-count);
  return `The end of ${log}:\n${lines.join('\n')}`;
}
